/**
 * The four corners agree: what is encoded as a request is decoded as the same command, what is spelled as an answer is
 * read as the same reply.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../src/base/byte-writer.ts';
import { Command, type StoreMode, type Verb } from '../../../src/core/command.ts';
import { Reply } from '../../../src/core/reply.ts';
import type { Codec } from '../../../src/protocol/codec.ts';
import { metaCodec } from '../../../src/protocol/meta/codec.ts';
import { textCodec } from '../../../src/protocol/text/codec.ts';

function wire(write: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter();
  write(writer);
  return Buffer.concat(writer.take());
}

/** The command as the other side sees it. */
function sent(command: Command, codec: Codec): Command {
  const commands: Command[] = [];
  codec
    .commandDecoder({ onCommand: (seen) => void commands.push(seen) })
    .push(wire((writer) => codec.encodeCommand(command, writer)));
  expect(commands).toHaveLength(1);
  return commands[0] as Command;
}

/** What of a reply is compared. */
function facts(reply: Reply): object {
  const { status, part, key, flags, cas, errorKind, message } = reply;
  return {
    status,
    part,
    key,
    flags,
    cas,
    value: reply.hasValue ? reply.text() : undefined,
    ...(status === 'error' ? { errorKind, message } : {}),
  };
}

/** The answers as the other side sees them. */
function answered(replies: readonly Reply[], to: Command, codec: Codec): object[] {
  const seen: object[] = [];
  const decoder = codec.replyDecoder({ onReply: (reply) => void seen.push(facts(reply)) });
  for (const reply of replies) decoder.push(wire((writer) => codec.encodeReply(reply, to, writer)));
  decoder.end();
  return seen;
}

const plainKey = fc.stringMatching(/^[\x21-\x7e]{1,250}$/);
const anyKey = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 186 });
const value = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 60 }),
  fc.integer({ min: 4000, max: 70_000 }).map((length) => 'v'.repeat(length)),
);
const exptime = fc.integer({ min: -1, max: 2 ** 31 - 1 });
const flags = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const cas = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
const mode = fc.constantFrom<StoreMode>('set', 'add', 'replace', 'append', 'prepend');

function make(verb: Verb, fields: Partial<Command>): Command {
  return Object.assign(new Command(verb), fields);
}

const stores = (key: fc.Arbitrary<string>): fc.Arbitrary<Command> =>
  fc.record({ key, value, flags, exptime, mode, quiet: fc.boolean() }).map((fields) => make('store', fields));

const commands = (key: fc.Arbitrary<string>): fc.Arbitrary<Command> =>
  fc.oneof(
    key.map((name) => new Command('get', name)),
    fc.record({ key, touch: fc.constant(true), exptime }).map((fields) => make('get', fields)),
    fc.record({ key, wantCas: fc.constant(true) }).map((fields) => make('get', fields)),
    stores(key),
    fc.record({ key, value, cas }).map((fields) => make('store', fields)),
    fc.record({ key, quiet: fc.boolean() }).map((fields) => make('delete', fields)),
    fc
      .record({ key, decrement: fc.boolean(), delta: fc.oneof(fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })) })
      .map((fields) => make('arith', fields)),
  );

const compared = [
  'verb',
  'key',
  'keys',
  'mode',
  'flags',
  'exptime',
  'touch',
  'cas',
  'wantCas',
  'decrement',
  'quiet',
] as const;

function expectSame(seen: Command, command: Command): void {
  for (const field of compared) expect([field, seen[field]]).toEqual([field, command[field]]);
  expect(Buffer.from(seen.value as string, 'latin1').toString('latin1')).toBe(command.value);
  expect(BigInt(seen.delta)).toBe(BigInt(command.delta));
}

describe.each([
  ['text', textCodec, plainKey],
  ['meta', metaCodec, anyKey],
] as const)('the %s protocol', (_name, codec, key) => {
  it('gives the command that was sent', () => {
    fc.assert(fc.property(commands(key), (command) => expectSame(sent(command, codec), command)));
  });

  it('gives the keys of a multi-key get', () => {
    fc.assert(
      fc.property(fc.array(plainKey, { minLength: 2, maxLength: 50 }), (keys) => {
        const seen = sent(make('get', { keys }), codec);
        expect(seen.keys).toEqual(keys);
      }),
    );
  });

  it('gives the words of a reply', () => {
    for (const status of ['ok', 'notStored', 'exists', 'miss'] as const) {
      const to = sent(make('store', { key: 'a', cas: 5n }), codec);
      expect(answered([new Reply().reset(status)], to, codec)).toMatchObject([{ status, part: 'whole' }]);
    }
    for (const kind of ['client', 'server'] as const) {
      const to = sent(new Command('get', 'a'), codec);
      const expected = [{ status: 'error', errorKind: kind, message: 'why not' }];
      expect(answered([new Reply().setError(kind, 'why not')], to, codec)).toMatchObject(expected);
    }
  });
});

it('gives the value, flags and cas of a multi-key get', () => {
  fc.assert(
    fc.property(plainKey, value, flags, cas, (key, data, clientFlags, token) => {
      const to = sent(make('get', { keys: [key, key], wantCas: true }), textCodec);
      const item = Object.assign(new Reply().reset('ok', 'item'), { key, flags: clientFlags, cas: token });
      item.setText(data);
      const end = new Reply().reset('ok', 'end');
      expect(answered([item, item, end], to, textCodec)).toEqual([facts(item), facts(item), facts(end)]);
    }),
  );
});

it('gives the value, flags and cas of a meta get', () => {
  fc.assert(
    fc.property(anyKey, value, flags, cas, (key, data, clientFlags, token) => {
      const to = sent(make('get', { key, wantCas: true }), metaCodec);
      const reply = Object.assign(new Reply().reset('ok'), { flags: clientFlags, cas: token });
      reply.setText(data);
      expect(answered([reply], to, metaCodec)).toEqual([facts(reply)]);
    }),
  );
});
