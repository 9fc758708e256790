/** Who waits for a connection of a pool, and how long. */
import { describe, expect, it } from 'vitest';
import { PoolRig } from './pool-rig.ts';

const keys = (count: number): string[] => Array.from({ length: count }, (_, n) => `k${n}`);

describe('waiting', () => {
  it('is first come first served, as room comes', () => {
    const rig = new PoolRig({ maxInFlight: 2, max: 1 });
    for (const key of keys(6)) rig.get(key);
    const transport = rig.open();
    const served: string[][] = [];
    while (rig.told.length < 6) served.push(rig.answer(transport));
    expect(served.flat()).toEqual(keys(6));
    expect(served.every((some) => some.length <= 2)).toBe(true);
  });

  it('no call overtakes the waiting ones, not even one from within a reply', () => {
    const rig = new PoolRig({ maxInFlight: 1, max: 1 });
    rig.get('a', 0, () => rig.get('within'));
    rig.get('b');
    const transport = rig.open();
    for (let n = 0; n < 3; n++) rig.answer(transport);
    expect(rig.told).toEqual(['a: a', 'b: b', 'within: within']);
  });

  it('ends with the acquire timeout, or the deadline if that is sooner', () => {
    const rig = new PoolRig({ maxInFlight: 1, max: 1, acquireTimeout: 100 });
    rig.get('a', 5000);
    rig.open();
    rig.get('b', 5000);
    rig.get('c', 50);
    rig.clock.advance(50);
    expect(rig.told).toEqual(['c: ERR_TIMEOUT']);
    rig.clock.advance(50);
    expect(rig.told).toEqual(['c: ERR_TIMEOUT', 'b: ERR_TIMEOUT']);
    expect(rig.errors[1]).toMatchObject({ phase: 'acquire', sent: false, node: 'a:11211' });
    expect(rig.errors[1]?.message).toBe('get "b" → a:11211: no connection had room before the deadline');
  });

  it('ends with a word about the node if that has never replied', () => {
    const rig = new PoolRig({ acquireTimeout: 100 });
    rig.get('a', 5000);
    rig.clock.advance(100);
    expect(rig.errors[0]?.message).toBe('get "a" → a:11211: the node has never replied');
    expect(rig.errors[0]).toMatchObject({ code: 'ERR_TIMEOUT', phase: 'acquire', sent: false });
    rig.dials[0]?.refuse();
    rig.clock.advance(500);
    rig.get('b', 5000);
    rig.clock.advance(100);
    expect(rig.errors[1]?.message).toBe(
      'get "b" → a:11211: the node has never replied (cannot connect: connect ECONNREFUSED)',
    );
    expect(rig.errors[1]).toMatchObject({ cause: { code: 'ERR_CONNECT' } });
  });

  it('has a bound: one more is refused at once', () => {
    const rig = new PoolRig({ maxWaiting: 2 });
    for (const key of ['a', 'b', 'c']) rig.get(key);
    expect(rig.told).toEqual(['c: ERR_QUEUE_FULL']);
    expect(rig.pool.stats()).toMatchObject({ waiting: 2, waits: 2, refused: 1 });
    rig.get('b2').cancelled = true;
    expect(rig.told).toEqual(['c: ERR_QUEUE_FULL', 'b2: ERR_QUEUE_FULL']);
  });

  it('callers that are gone do not count against the bound, and are never sent', () => {
    const rig = new PoolRig({ maxWaiting: 1 });
    rig.get('gone').cancelled = true;
    rig.get('b');
    expect(rig.told).toEqual([]);
    expect(rig.asked(rig.open())).toEqual(['b']);
  });
});

describe('a pool with one call at a time on a connection', () => {
  it('opens one for each that runs, up to the maximum', () => {
    const rig = new PoolRig({ exclusive: true, max: 2 });
    for (const key of ['a', 'b', 'c']) rig.get(key);
    expect(rig.dials).toHaveLength(2);
    const first = rig.open(0);
    const second = rig.open(1);
    expect([rig.asked(first), rig.asked(second)]).toEqual([['a'], ['b']]);
    second.say('VA 1\r\nb\r\n');
    expect(rig.asked(second)).toEqual(['c']);
    first.say('EN\r\n');
    second.say('EN\r\n');
    expect(rig.told).toEqual(['b: b', 'a: miss', 'c: miss']);
  });

  it('does not lose a connection for good to a call that timed out', () => {
    const rig = new PoolRig({ exclusive: true, max: 1 });
    rig.get('a', 100);
    const first = rig.open();
    rig.asked(first);
    rig.clock.advance(100);
    expect(rig.told).toEqual(['a: ERR_TIMEOUT']);
    rig.get('b', 100);
    expect(first.isClosed).toBe(true);
    expect(rig.dials).toHaveLength(2);
    expect(rig.answer(rig.open())).toEqual(['b']);
  });
});
