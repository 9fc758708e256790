/** When a pool dials: for callers that wait, and for its minimum. */
import { describe, expect, it } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { PoolRig } from './pool-rig.ts';

const keys = (count: number): string[] => Array.from({ length: count }, (_, n) => `k${n}`);
const large = 'VA 100000\r\nx';

describe('dialling', () => {
  it('begins with the first caller, and one dial serves all waiting callers', () => {
    const rig = new PoolRig();
    expect(rig.dials).toHaveLength(0);
    for (const key of keys(50)) rig.get(key);
    expect(rig.dials).toHaveLength(1);
    expect(rig.pool.stats()).toMatchObject({ open: 0, connecting: 1, waiting: 50, waits: 50 });
    const transport = rig.open();
    expect(rig.answer(transport)).toEqual(keys(50));
    expect(transport.writes).toHaveLength(2);
    expect(rig.told).toEqual(keys(50).map((key) => `${key}: ${key}`));
    expect(rig.pool.stats()).toMatchObject({
      open: 1,
      connecting: 0,
      waiting: 0,
      inFlight: 0,
      connects: 1,
      protocol: 'meta',
    });
  });

  it('continues until the waiting callers fill the connections being dialled, up to the maximum', () => {
    const rig = new PoolRig({ maxInFlight: 10, max: 3 });
    for (const key of keys(10)) rig.get(key);
    expect(rig.dials).toHaveLength(1);
    rig.get('eleventh');
    expect(rig.dials).toHaveLength(2);
    for (const key of keys(100)) rig.get(key);
    expect(rig.dials).toHaveLength(3);
    expect(rig.pool.stats().peak).toBe(3);
  });

  it('is one after another while a connection has room: growth is for later calls', () => {
    const rig = new PoolRig({ maxInFlight: 2, max: 4 });
    rig.get('a');
    const first = rig.open();
    rig.get('b');
    rig.get('c');
    expect(rig.dials).toHaveLength(2);
    expect(rig.pool.stats().waiting).toBe(1);
    expect(rig.asked(first)).toEqual(['a', 'b']);
    const second = rig.open(1);
    expect(rig.asked(second)).toEqual(['c']);
  });

  it('begins when the only connection is busy with a large value, and small calls go to the new one', () => {
    const rig = new PoolRig();
    rig.get('large');
    const first = rig.open();
    rig.asked(first);
    first.say(large);
    rig.get('meanwhile');
    expect(rig.dials).toHaveLength(2);
    expect(rig.asked(first)).toEqual(['meanwhile']);
    const second = rig.open(1);
    rig.get('small');
    expect(rig.asked(second)).toEqual(['small']);
  });

  it('does not let a command overtake another of its key, however busy the connection of that one is', () => {
    const rig = new PoolRig();
    rig.get('large');
    const first = rig.open();
    rig.asked(first);
    first.say(`VA 100000 f0\r\n${'x'.repeat(1000)}`);
    rig.get('meanwhile');
    expect(rig.asked(first)).toEqual(['meanwhile']);
    const second = rig.open(1);
    rig.get('small');
    expect(rig.asked(second)).toEqual(['small']);
    rig.pool.dispatch(new Command('delete', 'large'), { onReply: () => {}, onError: () => {} });
    rig.clock.turn();
    expect(second.take()).toBe('');
    expect(first.take()).toBe('md large\r\n');
  });

  it('takes the least loaded connection when all are busy and none may be added', () => {
    const rig = new PoolRig({ max: 2 });
    rig.get('one');
    const first = rig.open();
    rig.asked(first);
    first.say(large);
    rig.get('two');
    const second = rig.open(1);
    rig.get('three');
    rig.asked(second);
    second.say(large);
    rig.asked(first);
    rig.get('four');
    rig.get('five');
    expect(rig.asked(second)).toEqual(['four']);
    expect(rig.asked(first)).toEqual(['five']);
    expect(rig.dials).toHaveLength(2);
  });

  it('waits after a failure, longer each time, and fails callers at once meanwhile', () => {
    const rig = new PoolRig();
    rig.get('a');
    rig.dials[0]?.refuse();
    expect(rig.told).toEqual(['a: ERR_CONNECT']);
    rig.get('b');
    expect(rig.told.at(-1)).toBe('b: ERR_CONNECT');
    expect(rig.errors[1]?.message).toBe('get "b" → a:11211: not connected (cannot connect: connect ECONNREFUSED)');
    expect(rig.errors[1]).toMatchObject({ sent: false, node: 'a:11211', cause: rig.errors[0] });
    rig.clock.advance(49);
    rig.get('c');
    expect(rig.dials).toHaveLength(1);
    rig.clock.advance(1);
    rig.get('d');
    expect(rig.dials).toHaveLength(2);
    rig.dials[1]?.refuse();
    rig.clock.advance(99);
    rig.get('e');
    expect(rig.dials).toHaveLength(2);
    rig.clock.advance(1);
    rig.get('f');
    rig.open(2);
    expect(rig.pool.stats()).toMatchObject({ connects: 1, connectFailures: 2 });
    expect(rig.told.map((text) => text.split(' ')[1])).toEqual(Array.from({ length: 5 }, () => 'ERR_CONNECT'));
  });

  it('starts its waits over after a success', () => {
    const rig = new PoolRig();
    for (const wait of [50, 100]) {
      rig.get('a');
      rig.dialler.last.refuse();
      rig.clock.advance(wait);
    }
    rig.get('b');
    rig.open().finish();
    rig.get('c');
    expect(rig.dials).toHaveLength(4);
    rig.dials[3]?.refuse();
    rig.clock.advance(50);
    rig.get('d');
    expect(rig.dials).toHaveLength(5);
  });

  it('fails no caller that another connection will serve', () => {
    const rig = new PoolRig({ maxInFlight: 1, max: 2 });
    rig.get('a');
    const first = rig.open();
    rig.get('b');
    rig.dials[1]?.refuse();
    expect(rig.told).toEqual([]);
    expect(rig.events).toEqual(['connect']);
    rig.answer(first);
    rig.answer(first);
    expect(rig.told).toEqual(['a: a', 'b: b']);
  });

  it('has the connect timeout as its end', () => {
    const rig = new PoolRig();
    rig.get('a', 5000);
    rig.clock.advance(1000);
    expect(rig.errors[0]).toMatchObject({ code: 'ERR_TIMEOUT', phase: 'connect' });
    expect(rig.events).toEqual(['failure ERR_TIMEOUT after 0 replies']);
    expect(rig.sockets).toBe(0);
  });
});

describe('the minimum', () => {
  it('is made at once where that is wanted, and at the first call where not', () => {
    expect(new PoolRig({ min: 3, warmUp: true }).dials).toHaveLength(3);
    const rig = new PoolRig({ min: 3 });
    expect(rig.dials).toHaveLength(0);
    rig.pool.warmUp();
    rig.pool.warmUp();
    expect(rig.dials).toHaveLength(3);
    for (let n = 0; n < 3; n++) rig.open(n);
    rig.pool.warmUp();
    expect(rig.dials).toHaveLength(3);
  });

  it('is not dialled for before the back-off is over', () => {
    const rig = new PoolRig({ min: 1, warmUp: true });
    rig.dials[0]?.refuse();
    rig.pool.warmUp();
    expect(rig.dials).toHaveLength(1);
    rig.clock.advance(50);
    rig.pool.warmUp();
    expect(rig.dials).toHaveLength(2);
  });

  it('is what idle connections shrink to', () => {
    const rig = new PoolRig({ min: 2, max: 4, idleTimeout: 1000, exclusive: true });
    for (const key of keys(4)) rig.get(key);
    const transports = rig.dials.map((_, index) => rig.open(index));
    for (const transport of transports) rig.answer(transport);
    expect(rig.pool.stats().open).toBe(4);
    rig.clock.advance(900);
    expect(rig.pool.stats().open).toBe(4);
    rig.clock.advance(1100);
    expect(rig.pool.stats()).toMatchObject({ open: 2, disconnects: 2 });
    expect(rig.sockets).toBe(2);
    rig.clock.advance(100_000);
    expect(rig.pool.stats().open).toBe(2);
    expect(rig.clock.timers).toBe(0);
  });

  it('is not passed by connections that were used lately', () => {
    const rig = new PoolRig({ min: 1, max: 2, idleTimeout: 1000, exclusive: true });
    for (const key of keys(2)) rig.get(key);
    const transports = [rig.open(0), rig.open(1)] as const;
    for (const transport of transports) rig.answer(transport);
    for (let n = 0; n < 10; n++) {
      rig.clock.advance(400);
      for (const key of keys(2)) rig.get(key);
      for (const transport of transports) rig.answer(transport);
    }
    expect(rig.pool.stats()).toMatchObject({ open: 2, disconnects: 0 });
  });
});
