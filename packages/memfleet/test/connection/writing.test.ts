/** What a connection writes, and when. */
import { describe, expect, it } from 'vitest';
import { FlushGroup } from '../../src/connection/flush-schedule.ts';
import { Command } from '../../src/core/command.ts';
import { binaryCodec } from '../../src/protocol/binary/codec.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { textCodec } from '../../src/protocol/text/codec.ts';
import { commandOf } from '../support/ask.ts';
import { ConnectionRig } from './connection-rig.ts';

const get = (key: string, fields: Partial<Command> = {}): Command => commandOf('get', { key, ...fields });

describe('writing', () => {
  it('is one write a turn, whatever the number of commands', () => {
    const rig = new ConnectionRig();
    for (const key of ['a', 'b', 'c']) rig.ask(key);
    expect(rig.transport.writes).toEqual([]);
    expect(rig.turn()).toBe('mg a v f\r\nmg b v f\r\nmg c v f\r\n');
    rig.ask('d');
    rig.turn();
    expect(rig.transport.writes).toHaveLength(2);
  });

  it('happens in a microtask where that is wanted, so that a lone command leaves at once', async () => {
    const rig = new ConnectionRig({ flush: 'microtask' });
    rig.ask('a');
    rig.ask('b');
    expect(rig.transport.writes).toEqual([]);
    await Promise.resolve();
    expect(rig.transport.writes).toEqual(['mg a v f\r\nmg b v f\r\n']);
  });

  it('waits for the end of the turn beside other connections of the fleet, until those have ended', async () => {
    const group = new FlushGroup();
    group.enter();
    const rig = new ConnectionRig({ flush: 'microtask', group });
    for (const key of ['under way', 'a']) {
      rig.ask(key);
      await Promise.resolve();
    }
    expect(rig.transport.take()).not.toContain('mg a');
    expect(rig.turn()).toBe('mg a v f\r\n');
    rig.connection.destroy();
    expect(group.isAlone).toBe(true);
  });

  it('takes a large value as it lies, without copying it', () => {
    const rig = new ConnectionRig();
    const value = new Uint8Array(100_000);
    rig.ask(commandOf('store', { key: 'a', value }));
    rig.turn();
    expect(rig.transport.chunks[0]).toContain(value);
  });

  it('writes nothing for a command that the protocol cannot express, and other commands are unaffected', () => {
    const rig = new ConnectionRig();
    rig.ask('a');
    rig.ask('k'.repeat(251));
    rig.ask(new Command('packet', 'a'));
    rig.ask('b');
    expect(rig.told).toEqual([`${'k'.repeat(251)}: ERR_INVALID_KEY`, 'a: ERR_UNSUPPORTED']);
    expect(rig.turn()).toBe('mg a v f\r\nmg b v f\r\n');
    rig.transport.say('EN\r\nVA 1\r\nx\r\n');
    expect(rig.told.slice(2)).toEqual(['a: miss from a:11211', 'b: x from a:11211']);
  });

  it('says a quiet command so that it gets a reply: without a reply the next one would go to the wrong caller', () => {
    for (const codec of [metaCodec, textCodec]) {
      const rig = new ConnectionRig({ codec });
      const quiet = commandOf('delete', { key: 'a', quiet: true });
      rig.ask(quiet);
      rig.ask(commandOf('delete', { key: 'b' }));
      expect(rig.turn()).not.toMatch(/ q\r\n|noreply/);
      expect(quiet.quiet).toBe(true);
      rig.transport.say(codec === metaCodec ? 'NF\r\nHD\r\n' : 'NOT_FOUND\r\nDELETED\r\n');
      expect(rig.told).toEqual(['a: miss from a:11211', 'b: ok from a:11211']);
    }
  });
});

describe('a transport that is blocked', () => {
  it('gets nothing more until it has drained, then all of it in one write', () => {
    const rig = new ConnectionRig();
    rig.transport.isBlocked = true;
    rig.ask('a');
    rig.turn();
    expect(rig.connection.isBusy).toBe(true);
    expect(rig.connection.isFull).toBe(false);
    rig.ask('b');
    rig.turn();
    rig.ask('c');
    rig.turn();
    expect(rig.transport.writes).toHaveLength(1);
    rig.transport.drain();
    expect(rig.transport.writes[1]).toBe('mg b v f\r\nmg c v f\r\n');
    expect(rig.connection.isBusy).toBe(false);
    expect(rig.progress).toBe(1);
  });

  it('does not have the bytes overwritten that it still holds', () => {
    const rig = new ConnectionRig();
    rig.transport.isBlocked = true;
    // Short texts are written as texts.
    for (let i = 0; i < 50; i++) rig.ask('first'.padEnd(200, '.'));
    const first = rig.turn();
    const [held] = rig.transport.chunks[0] as readonly (string | Uint8Array)[];
    rig.transport.isBlocked = false;
    rig.transport.bufferedBytes = 0;
    rig.connection.onDrain();
    for (let i = 0; i < 50; i++) rig.ask('second'.padEnd(200, '.'));
    rig.turn();
    expect(held).toBeInstanceOf(Uint8Array);
    expect(Buffer.from(held as Uint8Array).toString()).toBe(first);
  });

  it('reports a command that is aborted in between as sent: its bytes will be', () => {
    const rig = new ConnectionRig();
    rig.transport.isBlocked = true;
    rig.ask('a');
    rig.turn();
    rig.ask(commandOf('arith', { key: 'b' }), 20);
    rig.clock.advance(20);
    expect(rig.errors.map(({ code, sent }) => [code, sent])).toEqual([['ERR_TIMEOUT', true]]);
    rig.transport.drain();
    expect(rig.transport.take()).toContain('ma b');
  });

  it('has not sent what it never got when it is destroyed', () => {
    const rig = new ConnectionRig();
    rig.transport.isBlocked = true;
    rig.ask('a');
    rig.turn();
    rig.ask('b');
    rig.connection.destroy();
    expect(rig.errors.map(({ code, sent }) => [code, sent])).toEqual([
      ['ERR_CLOSED', true],
      ['ERR_CLOSED', false],
    ]);
  });
});

describe('gets of one flush', () => {
  it('share a line where the node supports only classic text', () => {
    const rig = new ConnectionRig({ codec: textCodec });
    for (const key of ['a', 'b', 'a', 'c']) rig.ask(key);
    expect(rig.turn()).toBe('get a b a c\r\n');
    rig.transport.say('VALUE a 0 1\r\n1\r\nVALUE a 0 1\r\n2\r\nVALUE c 0 1\r\n3\r\nEND\r\n');
    expect(rig.told).toEqual(['a: 1 from a:11211', 'a: 2 from a:11211', 'c: 3 from a:11211', 'b: miss from a:11211']);
    expect(rig.connection.inFlight).toBe(0);
  });

  it('do not share it with what stands between them, nor with gets that want a cas', () => {
    const rig = new ConnectionRig({ codec: textCodec });
    rig.ask('a');
    rig.ask('b');
    rig.ask(commandOf('delete', { key: 'x' }));
    rig.ask('c');
    rig.ask(get('d', { wantCas: true }));
    rig.ask(get('e', { wantCas: true }));
    rig.ask(get('f', { touch: true, exptime: 9 }));
    rig.ask('g');
    rig.ask(commandOf('get', { keys: ['h', 'i'] }));
    expect(rig.turn()).toBe('get a b\r\ndelete x\r\nget c\r\ngets d e\r\ngat 9 f\r\nget g\r\nget h i\r\n');
    rig.transport.say('END\r\nDELETED\r\nEND\r\nVALUE e 0 1 7\r\n5\r\nEND\r\nVALUE f 0 1\r\n6\r\nEND\r\n');
    rig.transport.say('VALUE g 0 1\r\n7\r\nEND\r\nVALUE i 0 1\r\n9\r\nEND\r\n');
    expect(rig.told.map((text) => text.replace(' from a:11211', ''))).toEqual([
      'a: miss',
      'b: miss',
      'x: ok',
      'c: miss',
      'e: 5',
      'd: miss',
      'f: 6',
      'g: 7',
      'h+i: 9',
      'h+i: ok',
    ]);
  });

  it('are at most 100 to a line', () => {
    const rig = new ConnectionRig({ codec: textCodec, maxInFlight: 1000 });
    const keys = Array.from({ length: 250 }, (_, n) => `k${n}`);
    for (const key of keys) rig.ask(key);
    const lines = rig.turn().trimEnd().split('\r\n');
    expect(lines.map((line) => line.split(' ').length - 1)).toEqual([100, 100, 50]);
    rig.transport.say('END\r\nEND\r\nVALUE k249 0 1\r\nx\r\nEND\r\n');
    expect(rig.told).toHaveLength(250);
    expect(rig.told.filter((text) => !text.includes('miss'))).toEqual(['k249: x from a:11211']);
  });

  it('share a line with a meta node as well where that is wanted, but for those that only meta can say', () => {
    const rig = new ConnectionRig({ mergeGets: true });
    rig.ask('a');
    rig.ask('b');
    rig.ask(get('c', { touch: true, exptime: 9 }));
    rig.ask(get('d d'));
    rig.ask(get('e', { wantValue: false }));
    rig.ask('f');
    expect(rig.turn()).toBe('get a b\r\nmg c v f T9\r\nmg ZCBk b v f\r\nmg e f\r\nget f\r\n');
    rig.transport.say('VALUE b 0 1\r\n2\r\nEND\r\nVA 1 f0\r\n3\r\nEN\r\nHD f0\r\nEND\r\n');
    expect(rig.told.map((text) => text.replace(' from a:11211', ''))).toEqual([
      'b: 2',
      'a: miss',
      'c: 3',
      'd d: miss',
      'e: ok',
      'f: miss',
    ]);
  });

  it('never share a line with a binary node, which has none', () => {
    const rig = new ConnectionRig({ codec: binaryCodec, mergeGets: true });
    rig.ask('a');
    rig.ask('b');
    expect(Buffer.from(rig.turn(), 'latin1').toString('hex')).toBe(
      '8000000100000000000000010000000000000000000000006180000001000000000000000100000001000000000000000062',
    );
  });

  it('are over when the flush comes: a later get begins a line of its own', () => {
    const rig = new ConnectionRig({ codec: textCodec });
    rig.ask('a');
    expect(rig.turn()).toBe('get a\r\n');
    rig.ask('b');
    expect(rig.turn()).toBe('get b\r\n');
  });
});
