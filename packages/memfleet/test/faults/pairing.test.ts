/**
 * Values of another caller are the worst that a cache client can return (dalli#956: "Race condition in get_multi leads
 * to socket corruption"). One connection over memory: every order of hits, misses, duplicates, errors and late answers,
 * and each caller gets its own.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { binaryCodec } from '../../src/protocol/binary/codec.ts';
import type { Codec } from '../../src/protocol/codec.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { textCodec } from '../../src/protocol/text/codec.ts';
import { MemoryWire } from './memory-wire.ts';

const codecs: readonly Codec[] = [metaCodec, textCodec, binaryCodec];

const names = ['a', 'b', 'c', 'd', 'e'];
/** With a space or a control byte: a line cannot carry them. */
const oddNames = ['a a', 'b\u0000', 'c'];

describe.each(codecs)('$protocol', (codec) => {
  test('gets of one turn, hits and misses and duplicates in any order, mixed with everything else: each caller gets its own', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('get' as const), key: fc.constantFrom(...names) }) },
      fc.record({ kind: fc.constant('gets' as const), key: fc.constantFrom(...names) }),
      fc.record({ kind: fc.constant('gat' as const), key: fc.constantFrom(...names) }),
      fc.record({ kind: fc.constant('set' as const), key: fc.constantFrom(...names) }),
      fc.record({ kind: fc.constant('delete' as const), key: fc.constantFrom(...names) }),
      fc.record({
        kind: fc.constant('many' as const),
        keys: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
      }),
      fc.record({ kind: fc.constant('flow' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const wire = new MemoryWire(codec);
        const model = new Map<string, string>();
        const checks: { call: { outcome: unknown }; expected: unknown }[] = [];
        let count = 0;
        for (const one of steps) {
          if (one.kind === 'flow') await wire.flow();
          else if (one.kind === 'gets' || one.kind === 'gat') {
            const command = new Command('get', one.key);
            if (one.kind === 'gat') command.touch = true;
            else command.wantCas = true;
            checks.push({ call: wire.ask(command), expected: model.get(one.key) ?? 'miss' });
          } else if (one.kind === 'get')
            checks.push({ call: wire.get(one.key), expected: model.get(one.key) ?? 'miss' });
          else if (one.kind === 'set') {
            const value = `${one.key}:${count++}`;
            model.set(one.key, value);
            checks.push({ call: wire.set(one.key, value), expected: 'ok' });
          } else if (one.kind === 'delete') {
            const expected = model.delete(one.key) ? 'ok' : 'miss';
            checks.push({ call: wire.ask(new Command('delete', one.key)), expected });
          } else {
            const hits = one.keys.filter((key) => model.has(key));
            checks.push({ call: wire.getMany(one.keys), expected: hits.map((key) => `${key}=${model.get(key)}`) });
          }
        }
        await wire.flow();
        expect(checks.map(({ call }) => call.outcome)).toEqual(checks.map(({ expected }) => expected));
        expect(wire.connection.inFlight).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('a caller that gives up leaves a tombstone: the others still receive their own replies', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: fc.constantFrom(...names), isPatient: fc.boolean() }), {
          minLength: 1,
          maxLength: 40,
        }),
        async (gets) => {
          const wire = new MemoryWire(codec);
          for (const name of ['a', 'c', 'e']) wire.set(name, `value of ${name}`);
          await wire.flow();
          const soon = wire.clock.now() + 50;
          const calls = gets.map(({ key, isPatient }) => wire.get(key, isPatient ? 0 : soon));
          await wire.clock.settle();
          await wire.clock.advanceAsync(100);
          for (const [at, { isPatient }] of gets.entries())
            expect(calls[at]?.outcome).toBe(isPatient ? undefined : 'ERR_TIMEOUT');
          const after = wire.get('a');
          await wire.flow();
          for (const [at, { key, isPatient }] of gets.entries())
            if (isPatient) expect(calls[at]?.outcome).toBe('ace'.includes(key) ? `value of ${key}` : 'miss');
          expect(after.outcome).toBe('value of a');
          expect(wire.connection.inFlight).toBe(0);
          expect(wire.clock.timers).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('the opaques and the ring go round: 70 000 commands later each caller still gets its own', async () => {
    const wire = new MemoryWire(codec);
    wire.set('a', 'value of a');
    for (let round = 0; round < 35; round++) {
      const calls = Array.from({ length: 2000 }, (_, at) => wire.get(at % 2 === 0 ? 'a' : 'b'));
      await wire.flow();
      const wrong = calls.filter(({ outcome }, at) => outcome !== (at % 2 === 0 ? 'value of a' : 'miss'));
      expect(wrong).toEqual([]);
    }
  });

  test('a reply that names no command ends the connection and everything on it', async () => {
    const wire = new MemoryWire(codec);
    const first = wire.get('a');
    const second = wire.set('b', 'x');
    await wire.clock.settle();
    const packet = Buffer.alloc(24);
    packet[0] = 0x81;
    packet.writeUInt32BE(77, 12);
    wire.near.deliver(0);
    wire.far.write([codec.protocol === 'binary' ? packet : Buffer.from('VALUE z 0 1\r\nz\r\nEND\r\n')]);
    wire.far.deliver();
    expect([first.outcome, second.outcome]).toEqual(['ERR_PROTOCOL', 'ERR_PROTOCOL']);
    expect(wire.isClosed).toBe(true);
  });
});

/** What no node in step says, to a command that waits. */
const slips: readonly (readonly [what: string, codec: Codec, command: Command, answer: string])[] = [
  ['text: STORED to a get', textCodec, new Command('get', 'a'), 'STORED\r\n'],
  ['text: another key to a get', textCodec, new Command('get', 'a'), 'VALUE b 0 1\r\nx\r\nEND\r\n'],
  ['text: a value to a set', textCodec, storeOf('a'), 'VALUE a 0 1\r\nx\r\nEND\r\n'],
  ['text: END to a set', textCodec, storeOf('a'), 'END\r\n'],
  ['text: a number to a set', textCodec, storeOf('a'), '17\r\n'],
  ['text: STORED to an incr', textCodec, new Command('arith', 'a'), 'STORED\r\n'],
  ['text: a number to a delete', textCodec, new Command('delete', 'a'), '17\r\n'],
  ['text: STORED to a get of many keys', textCodec, manyOf('a', 'b'), 'STORED\r\n'],
  ['meta: HD to a get', metaCodec, new Command('get', 'a'), 'HD\r\n'],
  ['meta: NS to a get', metaCodec, new Command('get', 'a'), 'NS\r\n'],
  ['meta: a value to a set', metaCodec, storeOf('a'), 'VA 1 f0\r\nx\r\n'],
  ['meta: HD to an incr', metaCodec, new Command('arith', 'a'), 'HD\r\n'],
  ['meta: a value to a touch', metaCodec, new Command('touch', 'a'), 'VA 1\r\nx\r\n'],
  ['meta: MN to a get of many keys', metaCodec, manyOf('a', 'b'), 'MN\r\n'],
];

function storeOf(key: string): Command {
  return new Command('store', key);
}

function manyOf(...keys: string[]): Command {
  const command = new Command('get');
  command.keys = keys;
  return command;
}

test.each(slips)('%s: the connection is out of step and ends', async (_, codec, command, answer) => {
  const wire = new MemoryWire(codec);
  const call = wire.ask(command);
  await wire.clock.settle();
  wire.far.write([Buffer.from(answer, 'latin1')]);
  wire.far.deliver();
  expect(call.outcome).toBe('ERR_PROTOCOL');
  expect(wire.isClosed).toBe(true);
});

describe('a get of many keys of which the node refuses one', () => {
  test('meta, keys in base64: the values behind the refusal do not go to the next caller', async () => {
    const wire = new MemoryWire(metaCodec);
    const many = wire.getMany(oddNames);
    const next = wire.get('mine');
    await wire.clock.settle();
    wire.far.write([
      Buffer.from('SERVER_ERROR backend failure\r\nVA 5 kYgA= b f0\r\nother\r\nMN\r\nVA 4 f0\r\nmine\r\n'),
    ]);
    wire.far.deliver();
    expect(many.outcome).toBe('error backend failure');
    expect(next.outcome).toBe('mine');
    expect(wire.connection.inFlight).toBe(0);
  });

  test('classic line: the refusal ends it', async () => {
    const wire = new MemoryWire(textCodec);
    const many = wire.getMany(['a', 'b']);
    const next = wire.ask(new Command('delete', 'mine'));
    await wire.clock.settle();
    wire.far.write([Buffer.from('VALUE a 0 1\r\nx\r\nSERVER_ERROR out of memory\r\nDELETED\r\n')]);
    wire.far.deliver();
    expect(many.outcome).toBe('error out of memory');
    expect(next.outcome).toBe('ok');
  });

  test('classic line of several callers: all of them hear of it', async () => {
    const wire = new MemoryWire(textCodec);
    const calls = ['a', 'b', 'c'].map((key) => wire.get(key));
    const next = wire.ask(new Command('delete', 'mine'));
    await wire.clock.settle();
    wire.far.write([Buffer.from('VALUE a 0 1\r\nx\r\nSERVER_ERROR out of memory\r\nDELETED\r\n')]);
    wire.far.deliver();
    expect(calls.map(({ outcome }) => outcome)).toEqual(['x', 'error out of memory', 'error out of memory']);
    expect(next.outcome).toBe('ok');
  });

  test('binary: the rest of its replies is swallowed, the next caller gets its own', async () => {
    const wire = new MemoryWire(binaryCodec);
    wire.set('b', 'other');
    wire.set('mine', 'mine');
    await wire.flow();
    const many = wire.getMany(['a', 'b']);
    const next = wire.get('mine');
    await wire.clock.settle();
    const refusal = Buffer.alloc(24);
    refusal[0] = 0x81;
    refusal[1] = 0x0d;
    refusal.writeUInt16BE(0x82, 6);
    refusal.writeUInt32BE(2, 12);
    wire.far.write([refusal]);
    wire.far.deliver();
    expect(String(many.outcome)).toContain('error');
    await wire.flow();
    expect(next.outcome).toBe('mine');
    expect(wire.connection.inFlight).toBe(0);
  });
});

test.each(codecs)(
  '$protocol: a handler that destroys the connection in the middle of a chunk breaks nothing',
  async (codec) => {
    const wire = new MemoryWire(codec);
    for (const name of names) wire.set(name, name);
    await wire.flow();
    const outcomes: unknown[] = [];
    for (const name of ['x', ...names]) {
      const command = new Command('get', name);
      wire.connection.dispatch(command, {
        onReply: (reply) => {
          outcomes.push(reply.status);
          wire.connection.destroy();
        },
        onError: (error) => outcomes.push(error.code),
      });
    }
    await wire.flow();
    // Misses of classic gets are known at the END of their line.
    const first = codec.protocol === 'text' ? 'ok' : 'miss';
    expect(outcomes).toEqual([first, ...names.map(() => 'ERR_CLOSED')]);
    expect(wire.connection.inFlight).toBe(0);
  },
);

test('a connection full of tombstones is given up: it accepts no command any more', async () => {
  const wire = new MemoryWire(metaCodec, 1);
  const call = wire.get('a', wire.clock.now() + 20);
  await wire.clock.advanceAsync(100);
  expect(call.outcome).toBe('ERR_TIMEOUT');
  expect(wire.isClosed).toBe(true);
});

test('a value that the node cuts short is never returned (dalli PR #1135)', async () => {
  for (const codec of codecs) {
    for (const size of [10, 1000, 70_000, 200_000]) {
      const wire = new MemoryWire(codec);
      wire.set('k', 'x'.repeat(size));
      await wire.flow();
      const call = wire.get('k');
      await wire.clock.settle();
      wire.near.deliver();
      for (let sent = 0; sent < size - 5; sent += 5000) wire.far.deliver(Math.min(5000, size - 5 - sent));
      wire.far.end();
      wire.connection.onEnd();
      expect(call.outcome).toBe('ERR_CONNECTION_CLOSED');
    }
  }
});
