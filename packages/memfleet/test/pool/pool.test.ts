/** The connections to one node: how many, when, and who waits for them. */
import { describe, expect, it } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { type MemcacheError, NodeEjectedError } from '../../src/core/errors.ts';
import { PoolRig } from './pool-rig.ts';

const keys = (count: number): string[] => Array.from({ length: count }, (_, n) => `k${n}`);
const large = 'VA 100000\r\nx';

describe('dialling', () => {
  it('begins with the first caller, and one dial is for all who wait', () => {
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

  it('callers who are gone do not count against the bound, and are never sent', () => {
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

describe('a connection that ends', () => {
  it('under commands counts against the node; it is reported with the number of earlier replies', () => {
    const rig = new PoolRig();
    rig.get('a');
    const first = rig.open();
    rig.answer(first);
    rig.get('b');
    rig.asked(first);
    first.drop(new Error('read ECONNRESET'));
    expect(rig.told).toEqual(['a: a', 'b: ERR_CONNECTION_CLOSED']);
    expect(rig.events).toEqual([
      'connect',
      'disconnect ERR_CONNECTION_CLOSED',
      'failure ERR_CONNECTION_CLOSED after 1 replies',
    ]);
    rig.get('c');
    expect(rig.dials).toHaveLength(2);
  });

  it('while it is idle does not count against the node, because nodes close idle connections', () => {
    const rig = new PoolRig();
    rig.get('a');
    const first = rig.open();
    rig.answer(first);
    first.finish();
    expect(rig.events).toEqual(['connect', 'disconnect ERR_CONNECTION_CLOSED']);
  });

  it('is replaced for those who wait', () => {
    const rig = new PoolRig({ maxInFlight: 1, max: 1 });
    for (const key of ['a', 'b', 'c']) rig.get(key);
    const first = rig.open();
    rig.asked(first);
    first.finish();
    expect(rig.told).toEqual(['a: ERR_CONNECTION_CLOSED']);
    expect(rig.dials).toHaveLength(2);
    const second = rig.open();
    rig.answer(second);
    rig.answer(second);
    expect(rig.told.slice(1)).toEqual(['b: b', 'c: c']);
  });

  it('lets those whom it tells call again at once: they wait for its successor', () => {
    const rig = new PoolRig({ max: 1 });
    rig.get('a', 0, () => rig.get('again'));
    const first = rig.open();
    rig.asked(first);
    first.finish();
    expect(rig.told).toEqual(['a: ERR_CONNECTION_CLOSED']);
    expect(rig.answer(rig.open(1))).toEqual(['again']);
  });
});

describe('failures in a row', () => {
  it('are counted over all connections: one that is dead does not speak for a node that replies on another', () => {
    const rig = new PoolRig({ exclusive: true, max: 2 });
    rig.get('a', 100);
    rig.get('b', 5000);
    const dead = rig.open(0);
    const alive = rig.open(1);
    rig.asked(dead);
    rig.answer(alive);
    rig.clock.advance(100);
    expect(rig.events.filter((event) => event.startsWith('failure'))).toEqual(['failure ERR_TIMEOUT after 1 replies']);
  });

  it('are reported once for one event: giving up a connection after timeouts is not a further failure', () => {
    const rig = new PoolRig({ exclusive: true, max: 1 });
    rig.get('a', 100);
    rig.asked(rig.open());
    rig.clock.advance(100);
    expect(rig.events).toEqual(['connect', 'failure ERR_TIMEOUT after 0 replies', 'disconnect ERR_CONNECTION_CLOSED']);
  });

  it('end with any reply', () => {
    const rig = new PoolRig();
    expect(rig.pool.hasReplied).toBe(false);
    rig.get('a');
    rig.dials[0]?.refuse();
    expect(rig.pool.hasReplied).toBe(false);
    rig.clock.advance(50);
    rig.get('b');
    rig.answer(rig.open());
    expect(rig.pool.hasReplied).toBe(true);
  });
});

describe('the probe', () => {
  function probe(rig: PoolRig): string[] {
    const outcomes: string[] = [];
    rig.pool.probe((error?: MemcacheError) => outcomes.push(error?.code ?? 'well'));
    return outcomes;
  }

  it('is a round trip on an existing connection', () => {
    const rig = new PoolRig();
    rig.get('a');
    const transport = rig.open();
    rig.answer(transport);
    const outcomes = probe(rig);
    rig.clock.turn();
    expect(transport.take()).toBe('mn\r\n');
    expect(outcomes).toEqual([]);
    transport.say('MN\r\n');
    expect(outcomes).toEqual(['well']);
  });

  it('has an end though the node is silent', () => {
    const rig = new PoolRig();
    rig.get('a');
    rig.answer(rig.open());
    const outcomes = probe(rig);
    rig.clock.advance(1000);
    expect(outcomes).toEqual(['ERR_TIMEOUT']);
  });

  it('is a dial where there is no connection, back-off or not', () => {
    const rig = new PoolRig();
    rig.get('a');
    rig.dials[0]?.refuse();
    const outcomes = probe(rig);
    expect(rig.dials).toHaveLength(2);
    rig.open();
    expect(outcomes).toEqual(['well']);
    expect(rig.events.at(-1)).toBe('connect');
    rig.dialler.last.transport.finish();
    const again = probe(rig);
    rig.dialler.last.refuse();
    expect(again).toEqual(['ERR_CONNECT']);
  });

  it('takes the dial that is in flight, also when it is the last one allowed', () => {
    const rig = new PoolRig({ max: 1 });
    rig.get('a');
    const outcomes = probe(rig);
    expect(rig.dials).toHaveLength(1);
    rig.open();
    expect(outcomes).toEqual(['well']);
  });

  it('of a pool that is closed fails', () => {
    const rig = new PoolRig();
    rig.pool.destroy();
    expect(probe(rig)).toEqual(['ERR_CLOSED']);
    const dialling = new PoolRig();
    const outcomes = probe(dialling);
    dialling.pool.destroy();
    expect(outcomes).toEqual(['ERR_CLOSED']);
  });
});

describe('a reset', () => {
  it('ends all commands in flight and waiting, and the pool stays usable', () => {
    const rig = new PoolRig({ maxInFlight: 1, max: 1 });
    rig.get('a');
    rig.get('b');
    const first = rig.open();
    rig.asked(first);
    rig.pool.reset(new NodeEjectedError('out', { node: 'a:11211' }));
    expect(rig.told).toEqual(['b: ERR_NODE_EJECTED', 'a: ERR_CONNECTION_CLOSED']);
    expect(rig.dials).toHaveLength(1);
    expect(rig.sockets).toBe(0);
    rig.get('c');
    expect(rig.answer(rig.open(1))).toEqual(['c']);
  });

  it('ends connections that are on their way out as well', () => {
    const rig = new PoolRig({ maxLifetime: 1000 });
    rig.get('a');
    rig.asked(rig.open());
    rig.clock.advance(1100);
    expect(rig.pool.stats()).toMatchObject({ open: 1, inFlight: 1 });
    rig.pool.reset(new NodeEjectedError('out'));
    expect(rig.told).toEqual(['a: ERR_CONNECTION_CLOSED']);
    expect(rig.pool.stats().open).toBe(0);
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

  it('close with a connection that fails under those who wait makes another for them', async () => {
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
