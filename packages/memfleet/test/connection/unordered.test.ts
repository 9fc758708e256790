/** A connection whose node may execute requests in any order. */
import { describe, expect, test } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { binaryCodec } from '../../src/protocol/binary/codec.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import { ConnectionRig } from './connection-rig.ts';

function unorderedRig(): ConnectionRig {
  const rig = new ConnectionRig({ codec: binaryCodec, maxInFlight: 100 });
  rig.connection.granted([feature.unorderedExecution, feature.alternativeRequest]);
  return rig;
}

function store(key: string): Command {
  const command = new Command('store', key);
  command.value = '1';
  return command;
}

/** A miss, as the reply to the get with this number. */
function miss(opaque: number): Buffer {
  const packet = Buffer.alloc(24);
  packet.writeUInt8(0x81, 0);
  packet.writeUInt16BE(1, 6);
  packet.writeUInt32BE(opaque, 12);
  return packet;
}

/** Whether each request that was written has a barrier. */
function barriersIn(text: string): readonly boolean[] {
  const bytes = Buffer.from(text, 'latin1');
  const found: boolean[] = [];
  for (let at = 0; at < bytes.length; at += 24 + bytes.readUInt32BE(at + 8)) {
    const hasFraming = bytes[at] === 0x08;
    if (hasFraming) expect([...bytes.subarray(at + 24, at + 24 + bytes[at + 2]!)]).toContain(0);
    found.push(hasFraming);
  }
  return found;
}

describe('a barrier', () => {
  test('is before a command whose key has a write in flight, and before a write whose key has any', () => {
    const rig = unorderedRig();
    for (const key of ['a', 'b', 'a', 'b']) rig.ask(key);
    expect(barriersIn(rig.turn())).toEqual([false, false, false, false]);
    for (const command of [store('a'), store('c'), store('a'), new Command('get', 'c'), new Command('get', 'd')])
      rig.ask(command);
    expect(barriersIn(rig.turn())).toEqual([true, false, true, true, false]);
  });

  test('is not needed when the reply is in', () => {
    const rig = unorderedRig();
    rig.ask('first');
    rig.ask('a');
    rig.turn();
    rig.connection.onData(miss(1));
    rig.ask(store('a'));
    rig.ask(store('first'));
    expect(barriersIn(rig.turn())).toEqual([false, true]);
  });

  test('is behind the framing extras that a command has', () => {
    const rig = unorderedRig();
    rig.ask('a');
    const durable = store('a');
    durable.packet = { opcode: opcode.set, opaque: 0, framing: Uint8Array.of(0x11, 0x01) };
    rig.ask(durable);
    const written = rig.turn();
    expect(barriersIn(written)).toEqual([false, true]);
    expect(written).toContain('\x11\x01\0');
  });

  test('is set for each of many commands in flight that need one, as the queue grows', () => {
    const rig = new ConnectionRig({ codec: binaryCodec, maxInFlight: 10_000 });
    rig.connection.granted([feature.unorderedExecution]);
    for (let index = 0; index < 300; index++) rig.ask(`key${index}`);
    for (let index = 0; index < 300; index++) rig.ask(store(`key${index}`));
    expect(barriersIn(rig.turn())).toEqual(Array.from({ length: 600 }, (_, index) => index >= 300));
  });
});

describe('a command whose reply never comes', () => {
  test('does not fill the connection while others have theirs', () => {
    const rig = unorderedRig();
    rig.ask('never');
    for (let index = 1; index < 500; index++) {
      rig.ask(`key${index}`);
      rig.turn();
      rig.connection.onData(miss(index));
    }
    expect(rig.connection).toMatchObject({ inFlight: 1, isFull: false });
    expect(rig.told).toHaveLength(499);
  });

  test('ends the connection after 65 536 replies to others, when its caller waits no more', () => {
    const rig = unorderedRig();
    rig.ask('never', 1000);
    const replyTo = (index: number): void => {
      rig.ask('key');
      rig.turn();
      rig.connection.onData(miss(index));
    };
    for (let index = 1; index < 65_536; index++) replyTo(index);
    expect(rig.connection.isFull).toBe(false);
    replyTo(65_536);
    expect(rig.connection.isFull).toBe(true);
    expect(rig.closed).toBeUndefined();
    rig.clock.advance(2000);
    expect(rig.closed?.error?.message).toBe('a:11211 does not reply to commands');
  });

  test('does so as well when its caller gave up earlier', () => {
    const rig = unorderedRig();
    rig.ask('never', 1000);
    rig.turn();
    rig.clock.advance(2000);
    expect(rig.told).toEqual(['never: ERR_TIMEOUT']);
    for (let index = 1; index <= 65_536; index++) {
      rig.ask('key');
      rig.turn();
      rig.connection.onData(miss(index));
    }
    expect(rig.closed?.error?.message).toBe('a:11211 does not reply to commands');
  });
});

describe('a reply', () => {
  test.each([
    ['twice', 1],
    ['to a request that was never sent', 7],
    ['far outside', 0xffff_ffff],
  ])('that comes %s ends the connection', (_, opaque) => {
    const rig = unorderedRig();
    for (const key of ['a', 'b', 'c']) rig.ask(key);
    rig.turn();
    rig.connection.onData(miss(1));
    expect(rig.told).toEqual(['b: miss from a:11211']);
    rig.connection.onData(miss(opaque));
    expect(rig.closed?.error?.code).toBe('ERR_PROTOCOL');
    expect(rig.told.slice(1)).toEqual(['a: ERR_PROTOCOL', 'c: ERR_PROTOCOL']);
  });
});
