/** One connection: what it writes and when, how it fails, how it ends. */
import { describe, expect, it } from 'vitest';
import { Connection, type ConnectionEvents, type ConnectionOptions } from '../../src/connection/connection.ts';
import { FlushGroup } from '../../src/connection/flush-schedule.ts';
import { Command } from '../../src/core/command.ts';
import type { MemcacheError } from '../../src/core/errors.ts';
import { binaryCodec } from '../../src/protocol/binary/codec.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { textCodec } from '../../src/protocol/text/codec.ts';
import { commandOf } from '../support/ask.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';

/** A connection over a scripted transport, and what its pool and its callers were told. */
class Rig implements ConnectionEvents {
  readonly clock = new FakeClock();
  readonly connection: Connection;
  readonly told: string[] = [];
  readonly errors: MemcacheError[] = [];
  progress = 0;
  readonly timeouts: number[] = [];
  closed: { readonly error: MemcacheError | undefined; readonly lost: number } | undefined;
  #transport: ScriptedTransport | undefined;

  constructor(options: Partial<ConnectionOptions> = {}) {
    // The transport knows the connection only when it is made, as with sockets.
    const transport = new ScriptedTransport({
      onData: (chunk) => this.connection.onData(chunk),
      onFilled: (count) => this.connection.onFilled(count),
      onReadTarget: () => this.connection.onReadTarget(),
      onDrain: () => this.connection.onDrain(),
      onEnd: () => this.connection.onEnd(),
      onClose: (error) => this.connection.onClose(error),
    });
    this.#transport = transport;
    this.connection = new Connection(
      transport,
      {
        codec: metaCodec,
        clock: this.clock,
        node: 'a:11211',
        maxInFlight: 100,
        flush: 'afterTurn',
        mergeGets: false,
        ...options,
      },
      this,
    );
  }

  get transport(): ScriptedTransport {
    return this.#transport as ScriptedTransport;
  }

  onProgress(): void {
    this.progress++;
  }

  onTimeouts(_connection: Connection, count: number): void {
    this.timeouts.push(count);
  }

  onClose(_connection: Connection, error: MemcacheError | undefined, lost: number): void {
    expect(this.closed).toBeUndefined();
    this.closed = { error, lost };
  }

  /** `timeout` in ms from now. */
  ask(command: Command | string, timeout = 0, then?: () => void): void {
    const one = typeof command === 'string' ? new Command('get', command) : command;
    if (timeout > 0) one.deadline = this.clock.now() + timeout;
    const name = one.keys?.join('+') ?? one.key;
    this.connection.dispatch(one, {
      onReply: (reply) => {
        this.told.push(`${name}: ${reply.hasValue ? reply.text() : reply.status} from ${reply.node}`);
        then?.();
      },
      onError: (error) => {
        this.errors.push(error);
        this.told.push(`${name}: ${error.code}`);
        then?.();
      },
    });
  }

  /** Ends the turn; gives what was written in it. */
  turn(): string {
    this.clock.turn();
    return this.transport.take();
  }
}

const get = (key: string, fields: Partial<Command> = {}): Command => commandOf('get', { key, ...fields });

describe('writing', () => {
  it('is one write a turn, whatever the number of commands', () => {
    const rig = new Rig();
    for (const key of ['a', 'b', 'c']) rig.ask(key);
    expect(rig.transport.writes).toEqual([]);
    expect(rig.turn()).toBe('mg a v f\r\nmg b v f\r\nmg c v f\r\n');
    rig.ask('d');
    rig.turn();
    expect(rig.transport.writes).toHaveLength(2);
  });

  it('happens in a microtask where that is wanted, so that a lone command leaves at once', async () => {
    const rig = new Rig({ flush: 'microtask' });
    rig.ask('a');
    rig.ask('b');
    expect(rig.transport.writes).toEqual([]);
    await Promise.resolve();
    expect(rig.transport.writes).toEqual(['mg a v f\r\nmg b v f\r\n']);
  });

  it('waits for the end of the turn beside other connections of the fleet, until those have ended', async () => {
    const group = new FlushGroup();
    group.enter();
    const rig = new Rig({ flush: 'microtask', group });
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
    const rig = new Rig();
    const value = new Uint8Array(100_000);
    rig.ask(commandOf('store', { key: 'a', value }));
    rig.turn();
    expect(rig.transport.chunks[0]).toContain(value);
  });

  it('writes nothing for a command that the protocol cannot express, and other commands are unaffected', () => {
    const rig = new Rig();
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
      const rig = new Rig({ codec });
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
    const rig = new Rig();
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
    const rig = new Rig();
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
    const rig = new Rig();
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
    const rig = new Rig();
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
    const rig = new Rig({ codec: textCodec });
    for (const key of ['a', 'b', 'a', 'c']) rig.ask(key);
    expect(rig.turn()).toBe('get a b a c\r\n');
    rig.transport.say('VALUE a 0 1\r\n1\r\nVALUE a 0 1\r\n2\r\nVALUE c 0 1\r\n3\r\nEND\r\n');
    expect(rig.told).toEqual(['a: 1 from a:11211', 'a: 2 from a:11211', 'c: 3 from a:11211', 'b: miss from a:11211']);
    expect(rig.connection.inFlight).toBe(0);
  });

  it('do not share it with what stands between them, nor with gets that want a cas', () => {
    const rig = new Rig({ codec: textCodec });
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
    const rig = new Rig({ codec: textCodec, maxInFlight: 1000 });
    const keys = Array.from({ length: 250 }, (_, n) => `k${n}`);
    for (const key of keys) rig.ask(key);
    const lines = rig.turn().trimEnd().split('\r\n');
    expect(lines.map((line) => line.split(' ').length - 1)).toEqual([100, 100, 50]);
    rig.transport.say('END\r\nEND\r\nVALUE k249 0 1\r\nx\r\nEND\r\n');
    expect(rig.told).toHaveLength(250);
    expect(rig.told.filter((text) => !text.includes('miss'))).toEqual(['k249: x from a:11211']);
  });

  it('share a line with a meta node as well where that is wanted, but for those that only meta can say', () => {
    const rig = new Rig({ mergeGets: true });
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
    const rig = new Rig({ codec: binaryCodec, mergeGets: true });
    rig.ask('a');
    rig.ask('b');
    expect(Buffer.from(rig.turn(), 'latin1').toString('hex')).toBe(
      '8000000100000000000000010000000000000000000000006180000001000000000000000100000001000000000000000062',
    );
  });

  it('are over when the flush comes: a later get begins a line of its own', () => {
    const rig = new Rig({ codec: textCodec });
    rig.ask('a');
    expect(rig.turn()).toBe('get a\r\n');
    rig.ask('b');
    expect(rig.turn()).toBe('get b\r\n');
  });
});

describe('time', () => {
  it('a command whose deadline passes receives a timeout, and its late reply is swallowed', () => {
    const rig = new Rig();
    rig.ask('a', 50);
    rig.ask('b', 500);
    rig.turn();
    rig.clock.advance(50);
    expect(rig.told).toEqual(['a: ERR_TIMEOUT']);
    expect(rig.errors[0]?.message).toBe('get "a" → a:11211: no reply before the deadline');
    expect(rig.timeouts).toEqual([1]);
    rig.transport.say('VA 1\r\n1\r\nVA 1\r\n2\r\n');
    expect(rig.told).toEqual(['a: ERR_TIMEOUT', 'b: 2 from a:11211']);
  });

  it('needs one timer for any number of commands, and none when nothing is owed', () => {
    const rig = new Rig();
    for (let n = 0; n < 50; n++) rig.ask(`k${n}`, 100 + n);
    rig.turn();
    expect(rig.clock.timers).toBe(1);
    rig.transport.say('EN\r\n'.repeat(50));
    rig.clock.advance(200);
    expect(rig.clock.timers).toBe(0);
    expect(rig.timeouts).toEqual([]);
  });

  it('tells those of 10 ms at once', () => {
    const rig = new Rig();
    for (let n = 1; n <= 20; n++) rig.ask(`k${n}`, 100 + n);
    rig.turn();
    rig.clock.advance(130);
    expect(rig.timeouts.length).toBeLessThanOrEqual(3);
    expect(rig.told).toHaveLength(20);
  });

  it('is kept however many commands come meanwhile', () => {
    const rig = new Rig();
    rig.ask('first', 50);
    for (let n = 0; n < 40; n++) {
      rig.ask(`k${n}`, 50);
      rig.turn();
      rig.clock.advance(5);
      if (n === 12) expect(rig.told[0]).toBe('first: ERR_TIMEOUT');
    }
    expect(rig.told.length).toBeGreaterThan(1);
  });

  it('a node that has said nothing over two looks is given up; what it said since then counts', () => {
    const silent = new Rig();
    for (const timeout of [50, 100, 900]) silent.ask(`after ${timeout}`, timeout);
    silent.turn();
    silent.clock.advance(50);
    expect(silent.closed).toBeUndefined();
    silent.clock.advance(50);
    expect(silent.closed?.error?.code).toBe('ERR_CONNECTION_CLOSED');
    expect(silent.closed?.lost).toBe(1);
    expect(silent.told.at(-1)).toBe('after 900: ERR_CONNECTION_CLOSED');

    const slow = new Rig();
    for (const timeout of [50, 100, 900]) slow.ask(`after ${timeout}`, timeout);
    slow.turn();
    slow.clock.advance(50);
    slow.transport.say('E');
    slow.clock.advance(50);
    expect(slow.closed).toBeUndefined();
  });

  it('replies that have arrived are read before any command times out', async () => {
    const clock = new FakeClock();
    const afterTurn: (() => void)[] = [];
    const rig = new Rig({
      flush: 'microtask',
      clock: {
        now: () => clock.now(),
        unixSeconds: () => clock.unixSeconds(),
        setTimer: (ms, callback) => clock.setTimer(ms, callback),
        afterTurn: (callback) => void afterTurn.push(callback),
      },
    });
    rig.ask('a', 50);
    rig.ask('b', 50);
    await Promise.resolve();
    // The event loop stood still: the timer is due, and so is the socket.
    clock.advance(500);
    rig.transport.say('EN\r\n');
    for (const callback of afterTurn) callback();
    expect(rig.told).toEqual(['a: miss from a:11211', 'b: ERR_TIMEOUT']);
  });

  it('a connection that is full of tombstones is given up: it accepts no command any more', () => {
    const rig = new Rig({ maxInFlight: 1 });
    rig.ask('a', 50);
    rig.turn();
    rig.clock.advance(50);
    expect(rig.closed?.error?.code).toBe('ERR_CONNECTION_CLOSED');
    expect(rig.closed?.lost).toBe(0);
    expect(rig.clock.timers).toBe(0);
  });
});

describe('room', () => {
  it('ends at the bound of commands in flight', () => {
    const rig = new Rig({ maxInFlight: 2 });
    rig.ask('a');
    expect([rig.connection.isBusy, rig.connection.isFull]).toEqual([false, false]);
    rig.ask('b');
    expect([rig.connection.isBusy, rig.connection.isFull]).toEqual([true, true]);
    rig.turn();
    rig.transport.say('EN\r\n');
    expect([rig.connection.isBusy, rig.connection.isFull]).toEqual([false, false]);
    expect(rig.progress).toBe(1);
  });

  it('is announced once a chunk, not once a reply', () => {
    const rig = new Rig();
    for (const key of ['a', 'b', 'c']) rig.ask(key);
    rig.turn();
    rig.transport.say('EN\r\nEN\r\nEN\r\n');
    expect(rig.progress).toBe(1);
    expect(rig.connection.replies).toBe(3);
  });

  it('is not there while a large value comes, though the bound is not reached', () => {
    const rig = new Rig();
    rig.ask('a');
    rig.turn();
    rig.transport.say('VA 100000\r\nx');
    expect([rig.connection.isBusy, rig.connection.isFull]).toEqual([true, false]);
    rig.transport.say(`${'x'.repeat(99_999)}\r\n`);
    expect(rig.connection.isBusy).toBe(false);
    expect(rig.told[0]).toHaveLength('a:  from a:11211'.length + 100_000);
  });

  it('is not there when it is closing or closed, so that callers who are told of its end go elsewhere', () => {
    const rig = new Rig();
    const seen: unknown[] = [];
    rig.ask('a', 0, () => {
      seen.push(rig.connection.isFull, rig.connection.isBusy, rig.connection.isOpen);
      rig.ask('again');
    });
    rig.turn();
    rig.connection.destroy();
    expect(seen).toEqual([true, true, false]);
    expect(rig.told).toEqual(['a: ERR_CLOSED', 'again: ERR_CONNECTION_CLOSED']);
    expect(rig.errors.map(({ sent }) => sent)).toEqual([true, false]);
  });
});

describe('the end', () => {
  it('close waits for the replies that are owed, then ends without an error', async () => {
    const rig = new Rig();
    rig.ask('a');
    rig.ask('b');
    rig.turn();
    let isClosed = false;
    const closing = rig.connection.close().then(() => (isClosed = true));
    const again = rig.connection.close();
    rig.ask('late');
    rig.transport.say('EN\r\n');
    await Promise.resolve();
    expect([isClosed, rig.transport.isClosed]).toEqual([false, false]);
    rig.transport.say('EN\r\n');
    await closing;
    await again;
    expect(rig.told).toEqual(['late: ERR_CONNECTION_CLOSED', 'a: miss from a:11211', 'b: miss from a:11211']);
    expect(rig.closed).toEqual({ error: undefined, lost: 0 });
    expect(rig.transport.isClosed).toBe(true);
    await rig.connection.close();
  });

  it('close writes what was dispatched before it', async () => {
    const rig = new Rig();
    rig.ask('a');
    const closing = rig.connection.close();
    expect(rig.turn()).toBe('mg a v f\r\n');
    rig.transport.say('EN\r\n');
    await closing;
    expect(rig.told).toEqual(['a: miss from a:11211']);
  });

  it('close of an idle connection is done at once', async () => {
    const rig = new Rig();
    await rig.connection.close();
    expect(rig.closed).toEqual({ error: undefined, lost: 0 });
    expect(rig.clock.timers).toBe(0);
  });

  it('close waits no longer than the deadlines of those who wait', async () => {
    const rig = new Rig();
    rig.ask('a', 50);
    rig.turn();
    const closing = rig.connection.close();
    rig.clock.advance(50);
    await closing;
    expect(rig.told).toEqual(['a: ERR_TIMEOUT']);
    expect(rig.closed).toEqual({
      error: expect.objectContaining({ code: 'ERR_CONNECTION_CLOSED' }) as unknown,
      lost: 0,
    });
  });

  it('close does not wait for the replies of timed-out commands', async () => {
    const rig = new Rig();
    rig.ask('a', 50);
    rig.turn();
    rig.clock.advance(50);
    await rig.connection.close();
    expect(rig.closed).toEqual({ error: undefined, lost: 0 });
  });

  it('destroy fails everything at once, and nothing comes afterwards', () => {
    const rig = new Rig();
    rig.ask('a', 50);
    rig.turn();
    rig.ask('b', 50);
    rig.connection.destroy();
    expect(rig.errors.map(({ code, sent, node }) => [code, sent, node])).toEqual([
      ['ERR_CLOSED', true, 'a:11211'],
      ['ERR_CLOSED', false, 'a:11211'],
    ]);
    expect(rig.closed?.lost).toBe(2);
    expect(rig.clock.timers).toBe(0);
    rig.connection.destroy();
    rig.transport.say('EN\r\nnonsense\r\n');
    rig.transport.drain();
    rig.transport.finish();
    rig.transport.drop();
    rig.clock.turn();
    expect(rig.told).toHaveLength(2);
    expect(rig.progress).toBe(0);
  });

  it.each([
    [
      'the end from the node',
      (rig: Rig) => rig.transport.finish(),
      'ERR_CONNECTION_CLOSED',
      /a:11211 closed the connection$/,
    ],
    [
      'a reset',
      (rig: Rig) => rig.transport.drop(new Error('read ECONNRESET')),
      'ERR_CONNECTION_CLOSED',
      /ended: read ECONNRESET$/,
    ],
    [
      'bytes that are no protocol',
      (rig: Rig) => rig.transport.say('nonsense\r\n'),
      'ERR_PROTOCOL',
      /not a reply line: "nonsense/,
    ],
    [
      'a reply too much',
      (rig: Rig) => rig.transport.say('EN\r\nEN\r\nEN\r\n'),
      'ERR_PROTOCOL',
      /that no command is waiting for/,
    ],
    [
      'the end inside a value',
      (rig: Rig) => (rig.transport.say('VA 5\r\nab'), rig.transport.finish()),
      'ERR_CONNECTION_CLOSED',
      /in the middle of a reply$/,
    ],
  ])('%s ends it and all that is owed', (_what, happen, code, message) => {
    const rig = new Rig();
    rig.ask('a');
    rig.ask('b');
    rig.turn();
    happen(rig);
    expect(rig.closed?.error?.code).toBe(code);
    expect(rig.closed?.error?.message).toMatch(message);
    expect(rig.told).toHaveLength(2);
    expect(rig.errors.every((error) => error.code === code && error.sent)).toBe(true);
    expect(rig.transport.isClosed).toBe(true);
    expect(rig.connection.isOpen).toBe(false);
  });

  it('a reply without a request ends an idle connection', () => {
    const rig = new Rig();
    rig.transport.say('ERROR\r\n');
    expect(rig.closed?.error?.code).toBe('ERR_PROTOCOL');
    expect(rig.closed?.lost).toBe(0);
  });
});
