/** Options of calls: words of other clients are refused with the word that is right here. */
import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { InvalidArgumentError } from '../../src/core/errors.ts';
import { connect, failure, startNode } from '../support/harness.ts';

type Loose = { readonly [Name in keyof Client]: (...args: unknown[]) => Promise<unknown> };

describe('what other clients take for a ttl', () => {
  test.each([
    [{ EX: 60 }, 'unknown option "EX" of a call; use { ttl: 60 }'],
    [{ ex: '60' }, 'unknown option "ex" of a call; use { ttl: 60 }'],
    [{ PX: 1500 }, 'unknown option "PX" of a call; use { ttl: 1.5 }, in seconds'],
    [{ maxAge: 60_000 }, 'unknown option "maxAge" of a call; use { ttl: 60 }, in seconds'],
    [{ expires: 60 }, 'unknown option "expires" of a call; use { ttl: 60 }'],
    [{ lifetime: 60 }, 'unknown option "lifetime" of a call; use { ttl: 60 }'],
    [{ expiration: { type: 'EX' } }, 'unknown option "expiration" of a call; use { ttl }'],
    [{ ttL: 60 }, 'unknown option "ttL" of a call; use { ttl: 60 }'],
    [{ tll: 60 }, 'unknown option "tll" of a call; did you mean "ttl"?'],
    [{ NX: true }, 'unknown option "NX" of a call; use add(), which stores only if the key does not exist'],
    [{ XX: true }, 'unknown option "XX" of a call; use replace(), which stores only if the key exists'],
    [{ KEEPTTL: true }, 'use append() or prepend()'],
    [{ cas: 5n }, 'use cas(key, value, token)'],
    [{ timeOut: 5 }, 'unknown option "timeOut" of a call; use { timeout: 5 }'],
    [{ colour: 'red' }, 'unknown option "colour" of a call; known: timeout, signal, routingKey, substitute'],
    ['60', 'options must be an object, or a ttl in seconds, not "60"; use { ttl: 60 }'],
    ['red', 'options must be an object, or a ttl in seconds, not "red"'],
    [[], 'options must be a plain object, not of the class Array'],
    [new Map([['ttl', 60]]), 'options must be a plain object, not of the class Map'],
    [new Date(), 'options must be a plain object, not of the class Date'],
    [new AbortController().signal, 'options must be a plain object, not of the class AbortSignal; use { signal }'],
  ])('set(key, value, %o)', async (options, message) => {
    const node = await startNode();
    const client = connect(node).client as unknown as Loose;
    const entries: readonly (readonly [keyof Client, ...unknown[]])[] = [
      ['set', 'k', 1],
      ['add', 'k', 1],
      ['replace', 'k', 1],
      ['cas', 'k', 1, 1n],
      ['setMany', { k: 1 }],
      ['setMany', {}],
      ['getOrSet', 'k', () => 1],
    ];
    for (const [name, ...args] of entries) {
      const error = await failure(client[name](...args, options));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error.message).toContain(message);
    }
    expect(node.commands).toEqual([]);
  });

  test('set(key, value, "EX", 60) and set(key, value, 60, callback)', async () => {
    const node = await startNode();
    const client = connect(node).client as unknown as Loose;
    const options = 'options must be an object, or a ttl in seconds, not';
    expect((await failure(client.set('k', 1, 'EX', 60))).message).toBe(`${options} "EX"; use { ttl: 60 }`);
    expect((await failure(client.set('k', 1, 'PX', '1500'))).message).toBe(
      `${options} "PX"; use { ttl: 1.5 }, in seconds`,
    );
    expect((await failure(client.set('k', 1, 'NX'))).message).toContain('use add()');
    expect((await failure(client.set('k', 1, 60, () => {}))).message).toContain('await the promise');
    expect((await failure(client.get('k', () => {}))).message).toContain('await the promise');
    expect((await failure(client.incr('k', 1, 60))).message).toContain('must be an object, not 60; use { ttl: 60 }');
    expect(node.commands).toEqual([]);
  });
});

test('options may come from a class, a prototype or an object without one', async () => {
  const { client } = connect(await startNode());
  class Settings {
    readonly ttl = 60;
    get timeout(): number {
      return 500;
    }
  }
  const bare = Object.assign(Object.create(null) as object, { ttl: 60 });
  for (const options of [new Settings(), Object.create({ ttl: 60 }) as object, bare, { ttl: undefined }])
    expect(await client.set('k', 1, options)).toBe(true);
});

test('what somebody put into Object.prototype is no option of a call', async () => {
  const { client } = connect(await startNode());
  const prototype = Object.prototype as { polluted?: number };
  let setting: Promise<boolean>;
  // Options are read during the call, and nothing else of the process may see it.
  prototype.polluted = 1;
  try {
    setting = client.set('k', 1, { ttl: 60 });
  } finally {
    delete prototype.polluted;
  }
  expect(await setting).toBe(true);
});

test('a durability of none, and an expiry that is not kept, are options of every fleet', async () => {
  const { client } = connect(await startNode());
  expect(await client.set('k', 1, { durability: 'none', preserveExpiry: false })).toBe(true);
  expect(await client.with({ durability: 'none' }).delete('k', { durability: 'none' })).toBe(true);
  await expect(client.set('k', 1, { durability: 'most' as 'none' })).rejects.toThrow('durability must be "none", ');
});
