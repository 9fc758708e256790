/** Commands of a connection whose time is over. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { ConnectionRig } from './connection-rig.ts';

describe('time', () => {
  it('a command whose deadline passes receives a timeout, and its late reply is swallowed', () => {
    const rig = new ConnectionRig();
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
    const rig = new ConnectionRig();
    for (let n = 0; n < 50; n++) rig.ask(`k${n}`, 100 + n);
    rig.turn();
    expect(rig.clock.timers).toBe(1);
    rig.transport.say('EN\r\n'.repeat(50));
    rig.clock.advance(200);
    expect(rig.clock.timers).toBe(0);
    expect(rig.timeouts).toEqual([]);
  });

  it('fails the commands with a deadline of 10 ms at once', () => {
    const rig = new ConnectionRig();
    for (let n = 1; n <= 20; n++) rig.ask(`k${n}`, 100 + n);
    rig.turn();
    rig.clock.advance(130);
    expect(rig.timeouts.length).toBeLessThanOrEqual(3);
    expect(rig.told).toHaveLength(20);
  });

  it('is kept however many commands come meanwhile', () => {
    const rig = new ConnectionRig();
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
    const silent = new ConnectionRig();
    for (const timeout of [50, 100, 900]) silent.ask(`after ${timeout}`, timeout);
    silent.turn();
    silent.clock.advance(50);
    expect(silent.closed).toBeUndefined();
    silent.clock.advance(50);
    expect(silent.closed?.error?.code).toBe('ERR_CONNECTION_CLOSED');
    expect(silent.closed?.lost).toBe(1);
    expect(silent.told.at(-1)).toBe('after 900: ERR_CONNECTION_CLOSED');

    const slow = new ConnectionRig();
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
    const rig = new ConnectionRig({
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
    const rig = new ConnectionRig({ maxInFlight: 1 });
    rig.ask('a', 50);
    rig.turn();
    rig.clock.advance(50);
    expect(rig.closed?.error?.code).toBe('ERR_CONNECTION_CLOSED');
    expect(rig.closed?.lost).toBe(0);
    expect(rig.clock.timers).toBe(0);
  });
});
