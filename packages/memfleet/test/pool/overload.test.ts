/**
 * More calls than can be served: calls that could not be served in time are refused at once, and the others are served
 * in time.
 */
import { describe, expect, it } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { PoolRig } from './pool-rig.ts';

/** A pool whose only connection has one command in flight, and one waiting caller. */
function fullRig(options = {}): PoolRig {
  const rig = new PoolRig({ max: 1, maxInFlight: 1, ...options });
  rig.get('running', 5000);
  rig.asked(rig.open());
  rig.get('first', 5000);
  return rig;
}

describe('a caller is refused', () => {
  it('when the first one has waited for more than half of the time that it has itself', () => {
    const rig = fullRig();
    rig.clock.advance(500);
    rig.get('a', 1000);
    rig.clock.advance(10);
    rig.clock.turn();
    rig.get('b', 1000);
    rig.clock.turn();
    expect(rig.told).toEqual([]);
    rig.get('c', 1000);
    expect(rig.told).toEqual(['c: ERR_QUEUE_FULL']);
    expect(rig.errors[0]?.message).toBe(
      'get "c" → a:11211: 3 callers are waiting already, the first of them for 510 ms',
    );
    expect(rig.errors[0]).toMatchObject({ sent: false, node: 'a:11211' });
    rig.get('patient', 2000);
    rig.get('endless');
    expect(rig.told).toHaveLength(1);
    expect(rig.pool.stats()).toMatchObject({ waiting: 5, refused: 1 });
  });

  it('not because the event loop was held up: the replies that came meanwhile are read first', () => {
    const rig = fullRig();
    rig.clock.advance(900);
    for (let n = 0; n < 1000; n++) rig.get(`k${n}`, 1000);
    expect(rig.told).toEqual([]);
  });

  it('not while there is no connection: all waiting calls are sent on the next one', () => {
    const rig = new PoolRig();
    rig.get('first', 5000);
    rig.clock.advance(900);
    rig.get('a', 1000);
    rig.clock.turn();
    rig.get('b', 1000);
    expect(rig.told).toEqual([]);
    expect(rig.answer(rig.open())).toEqual(['first', 'a', 'b']);
  });

  it('not where it is said how long a caller may wait', () => {
    const rig = fullRig({ acquireTimeout: 1000 });
    rig.clock.advance(900);
    rig.get('a', 1000);
    rig.clock.turn();
    rig.get('b', 1000);
    expect(rig.told).toEqual([]);
  });

  it('with the reason, where no caller may wait', () => {
    const rig = new PoolRig({ maxWaiting: 0 });
    rig.get('running');
    expect(rig.errors[0]?.message).toBe('get "running" → a:11211: no connection has room, and no caller may wait');
  });
});

it('a node that serves ten calls a second under thirty serves each of those that it serves in time', () => {
  const rig = new PoolRig({ max: 1, maxInFlight: 1 });
  rig.get('warm', 1000);
  const transport = rig.open();
  rig.answer(transport);
  for (let n = 0; n < 300; n++) {
    rig.get(`k${n}`, 1000);
    rig.clock.advance(1000 / 30);
    if (n % 3 === 2) rig.answer(transport);
    rig.clock.turn();
  }
  const count = (what: string): number => rig.told.filter((text) => text.endsWith(what)).length;
  expect(count('ERR_TIMEOUT')).toBe(0);
  expect(count('ERR_QUEUE_FULL')).toBeGreaterThan(180);
  expect(rig.told.length - count('ERR_QUEUE_FULL')).toBeGreaterThanOrEqual(100);
});

it('50 000 calls at once are all served', () => {
  const rig = new PoolRig();
  for (let n = 0; n < 50_000; n++) rig.get(`k${n}`, 1000);
  const transport = rig.open();
  while (rig.told.length < 50_000) expect(rig.answer(transport).length).toBeGreaterThan(0);
  expect(rig.told).toHaveLength(50_000);
  expect(rig.errors).toEqual([]);
});

it('20 000 refused calls check each waiting caller a few times in all, not once for every call', () => {
  const waiting = 5000;
  const rig = fullRig({ maxWaiting: waiting + 1 });
  let looks = 0;
  for (let n = 0; n < waiting; n++) {
    const command = new Command('get', `k${n}`);
    Object.defineProperty(command, 'cancelled', { get: () => (looks++, false) });
    rig.pool.dispatch(command, { onReply() {}, onError() {} });
  }
  for (let n = 0; n < 20_000; n++) rig.get(`refused${n}`, 1000);
  expect(rig.pool.stats()).toMatchObject({ waiting: waiting + 1, refused: 20_000 });
  expect(looks).toBeLessThanOrEqual(20 * 20_000);
  expect(rig.errors.every(({ stack, name, message }) => stack === `${name}: ${message}`)).toBe(true);
});
