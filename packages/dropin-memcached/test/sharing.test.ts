/** A fleet where some processes have npm `memcached` and others the drop-in: the same keys, places, bytes and flags. */
import { expect, test } from 'vitest';
import type Memcached from '../types/index.cjs';
import { describeOnEveryNode } from './support/judges.ts';
import { dropin, open, original } from './support/open.ts';

const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

describeOnEveryNode((start) => {
  test.each<readonly [string, unknown]>([
    ['text', 'naïve ☃'],
    ['text with line feeds', 'a\nb\n'],
    ['text with a backslash before each line feed', 'a\\\nb'],
    ['empty text', ''],
    ['numbers', 3.25],
    ['objects', { a: ['x\r\ny', null, true] }],
    ['Buffers', all],
    ['empty Buffers', Buffer.alloc(0)],
    ['Buffers of UTF-8', Buffer.from('café')],
    ['byte arrays, which are JSON', { 0: 1, 1: 2 }],
  ])('%s of one are the same for the other', async (_title, value) => {
    const node = await start();
    const theirs = open(original, node.address);
    const ours = open(dropin, node.address);
    await theirs.call('set', 'theirs', value, 0);
    await ours.call('set', 'ours', value, 0);
    expect(await ours.call('getMulti', ['theirs', 'ours'])).toEqual([undefined, { theirs: value, ours: value }]);
    expect(await theirs.call('getMulti', ['theirs', 'ours'])).toEqual([undefined, { theirs: value, ours: value }]);
    await node.stop();
  });

  test('text with CR LF of the original is the same for the drop-in; with escapeLineEnds also the other way', async () => {
    const node = await start();
    const theirs = open(original, node.address);
    const ours = open(dropin, node.address, { escapeLineEnds: true });
    await theirs.call('set', 'theirs', 'a\r\nb', 0);
    await ours.call('set', 'ours', 'a\r\nb', 0);
    expect(await ours.call('get', 'theirs')).toEqual([undefined, 'a\r\nb']);
    expect(await theirs.call('get', 'ours')).toEqual([undefined, 'a\r\nb']);
    await node.stop();
  });
});

interface WithRing {
  readonly HashRing: { get(key: string): string };
}

test.each<readonly [string, Memcached.Location]>([
  ['two servers', ['10.0.0.1:11211', '10.0.0.2:11211']],
  [
    'seven servers, where libmemcached has other places',
    Array.from({ length: 7 }, (_, index) => `10.0.0.${index}:11211`),
  ],
  ['twenty-five servers', Array.from({ length: 25 }, (_, index) => `cache-${index}.example:${11211 + (index % 3)}`)],
  ['weights', { '10.0.0.1:11211': 3, '10.0.0.2:11212': 1, 'cache.example:11211': 2 }],
])('every key has the same server: %s', (_title, location) => {
  const [theirs, ours] = [original, dropin].map(
    (implementation) => open(implementation, location).client as unknown as WithRing,
  );
  const keys = Array.from({ length: 3000 }, (_, index) => `${index % 3 === 0 ? 'naïve' : 'key'}:${index}`);
  expect(keys.map((key) => ours?.HashRing.get(key))).toEqual(keys.map((key) => theirs?.HashRing.get(key)));
});
