/** How long the connections of a pool live, and how a pool ends. */
import { describe, expect, it } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { PoolRig } from './pool-rig.ts';

const keys = (count: number): string[] => Array.from({ length: count }, (_, n) => `k${n}`);

describe('the lifetime', () => {
  it('ends a connection, which is replaced; what runs on it is finished', () => {
    const rig = new PoolRig({ maxLifetime: 10_000 });
    rig.get('a');
    const first = rig.open();
    rig.answer(first);
    rig.clock.advance(9_000);
    rig.get('slow');
    expect(rig.asked(first)).toEqual(['slow']);
    rig.clock.advance(1_000);
    expect(rig.pool.stats()).toMatchObject({ open: 1, inFlight: 1 });
    rig.get('b');
    expect(rig.dials).toHaveLength(2);
    expect(rig.answer(rig.open())).toEqual(['b']);
    first.say('EN\r\n');
    expect(rig.told).toEqual(['a: a', 'b: b', 'slow: miss']);
    expect(first.isClosed).toBe(true);
    expect(rig.pool.stats()).toMatchObject({ open: 1, inFlight: 0, connects: 2, disconnects: 1 });
    expect(rig.events).toEqual(['connect', 'connect', 'disconnect']);
  });

  it('is not the same for all, so that they do not go at once', () => {
    const draws = [0, 0.999];
    const rig = new PoolRig({ min: 2, warmUp: true, maxLifetime: 10_000 }, () => draws.shift() ?? 0.5);
    const transports = [rig.open(0), rig.open(1)];
    rig.clock.advance(9_000);
    expect(transports.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    rig.clock.advance(2_000);
    expect(transports.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });
});

describe('the end', () => {
  it('close finishes the commands in flight and waiting, then releases everything', async () => {
    const rig = new PoolRig({ maxInFlight: 2, max: 1, maxLifetime: 60_000 });
    for (const key of keys(4)) rig.get(key);
    const transport = rig.open();
    let isClosed = false;
    const closing = rig.pool.close().then(() => (isClosed = true));
    rig.get('late');
    expect(rig.told).toEqual(['late: ERR_CLOSED']);
    rig.answer(transport);
    await Promise.resolve();
    expect(isClosed).toBe(false);
    rig.answer(transport);
    await closing;
    expect(rig.told.slice(1)).toEqual(keys(4).map((key) => `${key}: ${key}`));
    expect(rig.sockets).toBe(0);
    expect(rig.clock.timers).toBe(0);
    expect(rig.pool.stats()).toMatchObject({ open: 0, connecting: 0, waiting: 0, inFlight: 0 });
    await rig.pool.close();
  });

  it('close waits for the dial that waiting callers need, and gives up one that no caller needs', async () => {
    const rig = new PoolRig();
    rig.get('a');
    const closing = rig.pool.close();
    rig.answer(rig.open());
    await closing;
    expect(rig.told).toEqual(['a: a']);

    const idle = new PoolRig({ min: 2, warmUp: true });
    await idle.pool.close();
    expect(idle.sockets).toBe(0);
    expect(idle.events).toEqual([]);
    expect(idle.pool.stats().connectFailures).toBe(0);
  });

  it('close is over with the last deadline, whatever the node does', async () => {
    const rig = new PoolRig({ maxInFlight: 2, max: 1, maxLifetime: 1000 });
    rig.get('a', 2000);
    rig.asked(rig.open());
    rig.clock.advance(1100);
    rig.get('b', 500);
    const closing = rig.pool.close();
    rig.clock.advance(2000);
    await closing;
    expect(rig.told).toEqual(['b: ERR_TIMEOUT', 'a: ERR_TIMEOUT']);
    expect(rig.sockets).toBe(0);
    expect(rig.clock.timers).toBe(0);
  });

  it('close dials again for waiting callers whose connection fails', async () => {
    const rig = new PoolRig({ maxInFlight: 1, max: 1 });
    rig.get('a');
    rig.get('b');
    const first = rig.open();
    rig.asked(first);
    const closing = rig.pool.close();
    first.finish();
    rig.answer(rig.open(1));
    await closing;
    expect(rig.told).toEqual(['a: ERR_CONNECTION_CLOSED', 'b: b']);
    expect(rig.events.filter((event) => event.startsWith('failure'))).toEqual([]);
  });

  it('destroy fails everything with its reason, at once; close is then done', async () => {
    const rig = new PoolRig({ maxInFlight: 1, max: 2, maxLifetime: 60_000 });
    for (const key of ['a', 'b', 'c']) rig.get(key, 1000);
    rig.asked(rig.open(0));
    const closing = rig.pool.close();
    rig.pool.destroy();
    await closing;
    await rig.pool.close();
    rig.pool.destroy();
    expect(rig.told.toSorted()).toEqual(['a: ERR_CLOSED', 'b: ERR_CLOSED', 'c: ERR_CLOSED']);
    expect(rig.errors.every(({ message, node }) => message.includes('closed') && node === 'a:11211')).toBe(true);
    expect(rig.sockets).toBe(0);
    expect(rig.clock.timers).toBe(0);
    for (const dial of rig.dials) dial.transport.drop();
    rig.get('late');
    expect(rig.told.at(-1)).toBe('late: ERR_CLOSED');
    expect(rig.events.filter((event) => event.startsWith('failure'))).toEqual([]);
  });

  it('a command that cannot be said fails alone, from the queue as well', () => {
    const rig = new PoolRig();
    const errors: string[] = [];
    rig.pool.dispatch(new Command('packet', 'x'), { onReply() {}, onError: ({ code }) => void errors.push(code) });
    rig.get('a');
    rig.answer(rig.open());
    expect(errors).toEqual(['ERR_UNSUPPORTED']);
    expect(rig.told).toEqual(['a: a']);
  });
});
