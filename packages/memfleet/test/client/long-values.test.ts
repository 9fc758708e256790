/** Values that take long to decode: replies that are in by then go first, and calls of one key end in their order. */
import { expect, onTestFinished, test } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import type { Transcoder } from '../../src/client/transcoder.ts';
import { auto, bytes, couchbase } from '../../src/client/transcoders.ts';
import { type Handler, type Policy, wrap } from '../../src/core/dispatcher.ts';
import { AbortedError, UndecodableError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { failure } from '../support/harness.ts';

const long = 'x'.repeat(256 * 1024);

/** A client whose replies the test makes: `reply('a')` is a value for the oldest call, `reply()` one without. */
function start(): { readonly client: Client; readonly reply: (value?: string, flags?: number) => void } {
  const handlers: Handler[] = [];
  const take: Policy = (next) => wrap(next, (_command, handler) => void handlers.push(handler));
  const client = createClient({ nodes: '127.0.0.1:1', policies: [take] });
  onTestFinished(() => client.destroy());
  const shared = new Reply();
  const reply = (value?: string, flags = 0): void => {
    shared.reset(value === undefined ? 'miss' : 'ok');
    shared.flags = flags;
    if (value !== undefined) {
      const bytes = Buffer.from(value);
      shared.setBytes(bytes, 0, bytes.length, true);
    }
    (handlers.shift() as Handler).onReply(shared);
    shared.reset('error');
  };
  return { client, reply };
}

/** The names of the calls, in the order in which they end. */
async function endsOf(calls: Record<string, Promise<unknown>>): Promise<string[]> {
  const ends: string[] = [];
  await Promise.all(Object.entries(calls).map(([name, call]) => call.then(() => ends.push(name))));
  return ends;
}

test('a long value is decoded behind the other replies of its turn', async () => {
  const { client, reply } = start();
  const calls = { long: client.get('long'), short: client.get('short') };
  reply(long);
  reply('a');
  expect(await endsOf(calls)).toEqual(['short', 'long']);
  expect(await calls.long).toBe(long);
});

test('the long value of a lone call is decoded at once', async () => {
  const { client, reply } = start();
  const calls = { long: client.get('long'), nothing: client.get('nothing') };
  reply(long);
  reply();
  expect(await endsOf(calls)).toEqual(['nothing', 'long']);
  const lone = { long: client.get('long'), turn: Promise.resolve().then(() => 'next') };
  reply(long);
  expect(await endsOf(lone)).toEqual(['long', 'turn']);
});

test('a value that is not long is decoded at once', async () => {
  const { client, reply } = start();
  const calls = { almost: client.get('almost'), short: client.get('short') };
  reply(long.slice(1));
  reply('a');
  expect(await endsOf(calls)).toEqual(['almost', 'short']);
});

test.each<[string, Transcoder<never>, flags: number]>([
  ['auto', auto as Transcoder<never>, 4],
  ['bytes', bytes as Transcoder<never>, 0],
  ['couchbase', couchbase as Transcoder<never>, 0x0300_0002],
])('bytes that %s hands over are not held', async (_name, transcoder, flags) => {
  const { client, reply } = start();
  const calls = { long: client.with({ transcoder }).get('long'), short: client.get('short') };
  reply(long, flags);
  reply('a');
  expect(await endsOf(calls)).toEqual(['long', 'short']);
  expect(Buffer.from(long).equals((await calls.long) as unknown as Uint8Array)).toBe(true);
});

test('calls of one key end in their order, however long the values', async () => {
  const { client, reply } = start();
  const calls = {
    first: client.get('k'),
    second: client.get('k'),
    third: client.get('k'),
    fourth: client.get('k'),
    other: client.get('other'),
  };
  for (const value of [long, 'b', undefined, long, 'a']) reply(value);
  expect(await endsOf(calls)).toEqual(['other', 'first', 'second', 'third', 'fourth']);
  expect(await Promise.all([calls.second, calls.third])).toEqual(['b', undefined]);
});

test('a long value that cannot be decoded fails its call only', async () => {
  const { client, reply } = start();
  const decode = (): never => {
    throw new Error('no');
  };
  const view = client.with({ transcoder: { encode: () => ({ data: '', flags: 0 }), decode } });
  const calls = [failure(view.get('long')), client.get('long')];
  reply(long);
  reply(long);
  const [error, value] = await Promise.all(calls);
  expect(error).toBeInstanceOf(UndecodableError);
  expect(value).toBe(long);
});

test('a call whose signal fires before its long value is decoded is aborted', async () => {
  const { client, reply } = start();
  const controller = new AbortController();
  const call = failure(client.get('long', { signal: controller.signal }));
  const other = client.get('other');
  reply(long);
  reply('a');
  expect(await other).toBe('a');
  controller.abort();
  expect(await call).toBeInstanceOf(AbortedError);
});

test('a long value that has come is handed over although the client is destroyed', async () => {
  const { client, reply } = start();
  const call = client.get('long');
  const other = client.get('other');
  reply(long);
  reply('a');
  expect(await other).toBe('a');
  client.destroy();
  expect(await call).toBe(long);
});
