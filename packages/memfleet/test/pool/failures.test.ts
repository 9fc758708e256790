/** What a pool makes of failures: connections that end, failures in a row, the probe of a node, a reset. */
import { describe, expect, it } from 'vitest';
import { type MemcacheError, NodeEjectedError } from '../../src/core/errors.ts';
import { PoolRig } from './pool-rig.ts';

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

  it('is replaced for the waiting callers', () => {
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

  it('lets callers that learn of its end call again at once: they wait for its successor', () => {
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

  it('is `version` where the node speaks classic text, and leaves the connection open', () => {
    const rig = new PoolRig();
    rig.get('a');
    const transport = rig.dials[0]?.open('ERROR\r\n');
    rig.clock.turn();
    expect(transport?.take()).toBe('get a\r\n');
    transport?.say('END\r\n');
    const outcomes = probe(rig);
    rig.clock.turn();
    expect(transport?.take()).toBe('version\r\n');
    transport?.say('VERSION 1.4.5\r\n');
    expect(outcomes).toEqual(['well']);
    expect(rig.events).toEqual(['connect']);
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

  it('fails where the only connection allowed is about to close', () => {
    const rig = new PoolRig({ max: 1, maxLifetime: 1000 });
    rig.get('a');
    rig.open();
    rig.clock.advance(2000);
    rig.clock.turn();
    const outcomes = probe(rig);
    expect(outcomes).toEqual(['ERR_CONNECT']);
    expect(rig.dials).toHaveLength(1);
    expect(rig.pool.stats().peak).toBe(1);
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
