import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { md5 } from '../../src/hash/md5.ts';
import { murmur3 } from '../../src/hash/murmur3.ts';
import { remembered } from '../../src/hash/remembered.ts';
import { memoryHeldBy } from '../support/memory.ts';

/** A hash that counts how often it is computed. */
function counted() {
  const calls: string[] = [];
  const hash = remembered((key) => {
    calls.push(key);
    return murmur3(key);
  });
  return { hash, calls };
}

describe('a remembered hash', () => {
  test('is the hash, whatever came before', () => {
    const { hash } = counted();
    // Any units of UTF-16, halves of surrogate pairs included: cheaper to draw than characters.
    const key = fc.uint16Array({ maxLength: 12 }).map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(fc.array(key, { maxLength: 30 }), (keys) => {
        for (const each of [...keys, ...keys, ...keys]) if (hash(each) !== murmur3(each)) return false;
        return true;
      }),
    );
  });

  test('is computed once for a key without competitors', () => {
    const { hash, calls } = counted();
    for (let i = 0; i < 10; i++) hash('user:17');
    expect(calls).toEqual(['user:17']);
  });

  test('distinguishes keys that share a slot, as many of a hundred thousand keys do', () => {
    const { hash } = counted();
    const keys = Array.from({ length: 100_000 }, (_, i) => `key:${i}`);
    for (const key of [...keys, ...keys]) if (hash(key) !== murmur3(key)) expect.fail(key);
  });

  test('of a key that comes again and again stays, though others pass that never come again', () => {
    const { hash, calls } = counted();
    for (let i = 0; i < 100_000; i++) {
      hash('hot');
      hash('hot');
      hash(`once:${i}`);
    }
    expect(calls.filter((key) => key === 'hot')).toHaveLength(1);
  });

  test('of a key that replaces another is computed twice: keys that occur once replace no other key', () => {
    const { hash, calls } = counted();
    const keys = Array.from({ length: 100_000 }, (_, i) => `filling:${i}`);
    for (const key of keys) hash(key);
    calls.length = 0;
    for (let i = 0; i < 10; i++) hash('late');
    expect(calls).toEqual(['late', 'late']);
  });

  test('of a text that is not a byte string never equals that of the bytes to which it would be cut', () => {
    const odd = 'aaaa\u0141bbbbbbbbbbbb';
    const cut = Buffer.from(odd, 'latin1').toString('latin1');
    for (let i = 0; i < 3; i++) md5(odd);
    expect(md5(cut)).toBe(createHash('md5').update(cut, 'latin1').digest().readUInt32LE(0));
  });

  test.each([
    'user:#',
    'user:#:profile',
    'session:user:#:v2',
    'app:prod:user:#:settings',
    'myapp:production:eu-west-1:user:#:name',
    'cache:v3:product:#:price:usd',
    'html:/articles/#/index.html',
  ])('remembers most of a few thousand keys like %s, so MD5 of them costs a look', (shape) => {
    const { hash, calls } = counted();
    const keys = Array.from({ length: 2000 }, (_, i) => shape.replace('#', String(100_000 + i)));
    for (let i = 0; i < 4; i++) for (const key of keys) hash(key);
    calls.length = 0;
    for (const key of keys) hash(key);
    expect(calls.length).toBeLessThan(keys.length / 3);
  });

  test('keeps no text that the key was cut out of', () => {
    const held = memoryHeldBy(() => {
      for (let i = 0; i < 400; i++) {
        const key = `${'x'.repeat(50_000)}:of:some:length:key:${i}`.slice(50_000);
        md5(key);
        md5(key);
      }
    });
    expect(held).toBeLessThan(2_000_000);
  });
});
