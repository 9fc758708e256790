/** Values that are not what their flags say: an error that names the key, never a wrong value. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Client, type Encoded, RawValue, type Transcoder, transcoders } from '../../src/client/index.ts';
import { InvalidArgumentError, PartialResultError, ProtocolError, UnsafeIntegerError } from '../../src/core/errors.ts';
import { connect, failure, startNode } from '../support/harness.ts';

const { auto, json, couchbase, compressed } = transcoders;
const half = gzipSync('x'.repeat(5000)).subarray(0, 20);

const damaged: readonly (readonly [string, Transcoder<unknown>, Encoded])[] = [
  ['json', json, { data: 'no json', flags: 0 }],
  ['couchbase, JSON', couchbase, { data: '{"a":', flags: 0x0200_0000 }],
  ['compressed auto, half of it', compressed(auto), { data: half, flags: 1 }],
  ['v8, half of it', transcoders.v8, { data: Buffer.from([255, 15, 111]), flags: 32 }],
  ['compressed json', compressed(json), { data: gzipSync('no json'), flags: 1 }],
  [
    'of the user',
    {
      encode: (value) => auto.encode(value),
      decode: () => {
        throw new TypeError('not mine');
      },
    },
    { data: 'x', flags: 0 },
  ],
];

const foreign: readonly Encoded[] = [
  { data: 'abc', flags: 8 },
  { data: '', flags: 8 },
  { data: 'text of python', flags: 16 },
  { data: '{"a":', flags: 2 },
  { data: 'pickled', flags: 1 },
];

describe.each(['text', 'meta', 'binary'] as const)('%s', (protocol) => {
  test.each(foreign)('a stranger’s value, flags $flags: a RawValue, of no use to getOrSet', async (encoded) => {
    const node = await startNode();
    const raw = connect(node, { protocol, transcoder: { encode: () => encoded, decode: () => 'raw' } }).client;
    const { client } = connect(node, { protocol });
    await raw.set('foreign', 'anything');
    const expected = new RawValue(Buffer.from(encoded.data as string), encoded.flags);
    expect(await client.get('foreign')).toEqual(expected);
    expect(await client.getMany(['foreign'])).toEqual(new Map([['foreign', expected]]));
    expect(await client.getOrSet('foreign', () => 'loaded')).toBe('loaded');
    expect(await client.get('foreign')).toBe('loaded');
  });

  test.each(damaged)('transcoder %s', async (_name, transcoder, encoded) => {
    const node = await startNode();
    const raw = connect(node, { protocol, transcoder: { encode: () => encoded, decode: () => 'raw' } }).client;
    const { client: plain } = connect(node, { protocol, transcoder });
    for (const [client, prefix] of [
      [plain, ''],
      [plain.withPrefix('p:'), 'p:'],
    ] as const) {
      const key = `${prefix}damaged`;
      await raw.set(key, 'anything');
      const calls: ((client: Client) => Promise<unknown>)[] = [
        (asked) => asked.get('damaged'),
        (asked) => asked.getWithCas('damaged'),
        (asked) => asked.getAndTouch('damaged', 10),
      ];
      for (const call of calls) {
        const error = await failure(call(client));
        expect(error).toBeInstanceOf(ProtocolError);
        expect(error.message).toContain(`"${key}"`);
        expect(error).toMatchObject({ node: node.address, sent: true });
      }
      const many = (await failure(client.getMany(['damaged', 'none']))) as PartialResultError;
      expect(many).toBeInstanceOf(PartialResultError);
      expect(many.failures.get('damaged')).toBeInstanceOf(ProtocolError);
      expect(many.failures.get('damaged')!.message).toContain('"damaged"');
    }
    // A cache whose value is of no use is passed by.
    expect(await plain.getOrSet('damaged', () => 'loaded')).toBe('loaded');
    // The connection is none the worse.
    expect(plain.stats().nodes[0]!.connects).toBe(1);
  });

  test('a counter beyond 2^53−1 names its key as well, and incr is called incr', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    await client.set('big', 2n ** 60n);
    const unsafe = await failure(client.incr('big'));
    expect(unsafe).toBeInstanceOf(UnsafeIntegerError);
    expect(unsafe.message).toContain('incr "big"');
    await client.set('word', 'abc');
    expect((await failure(client.incr('word'))).message).toMatch(/^incr "word" → /);
    expect((await failure(client.decr('word'))).message).toMatch(/^decr "word" → /);
  });

  test('what has no bytes is refused before anything is sent', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    for (const value of [
      new Map([['a', 1]]),
      { deep: [new Set()] },
      Promise.resolve(1),
      new Float64Array(2),
      undefined,
    ]) {
      expect(await failure(client.set('k', value))).toBeInstanceOf(InvalidArgumentError);
      expect(await failure(client.getOrSet('k', () => [value, new Map()]))).toBeInstanceOf(InvalidArgumentError);
    }
    expect(await client.get('k')).toBe(undefined);
  });
});
