import { describe, expect, it } from 'vitest';
import type { Handler } from '../../../src/core/dispatcher.ts';
import { Reply } from '../../../src/core/reply.ts';
import { Routes } from '../../../src/proxy/routes/build-routes.ts';
import { FrontCacheRoute } from '../../../src/proxy/routes/front-cache-route.ts';
import { commandOf } from '../../support/ask.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { ManualDispatcher } from '../../support/manual-dispatcher.ts';
import { askRoute, FakeRoute, getFrom } from './fake-route.ts';

function rig(options: { prefixes?: string[]; maxItems?: number; maxBytes?: number } = {}) {
  const nodes = new FakeRoute();
  const { prefixes = ['hot:'], maxItems = 100, maxBytes = 10_000 } = options;
  const cache = new FrontCacheRoute({ route: nodes, prefixes, lifespan: 1000, maxItems, maxBytes, clock: nodes.clock });
  return { nodes, cache };
}

describe('the front cache', () => {
  it('fetches a key from the node once in a lifespan', () => {
    const { nodes, cache } = rig();
    nodes.put('hot:a', '1', { flags: 9 });
    for (let i = 0; i < 5; i++) expect(askRoute(cache, 'get', 'hot:a')).toMatchObject({ value: '1', flags: 9 });
    expect(nodes.asked).toEqual(['get hot:a']);
    nodes.clock.advance(1001);
    expect(getFrom(cache, 'hot:a')).toBe('1');
    expect(nodes.asked).toHaveLength(2);
    expect(cache.stats()).toMatchObject({ items: 1, bytes: 6, hits: 4, misses: 2, expires: 1, adds: 2 });
  });

  it('leaves keys with other prefixes alone; an empty prefix is all keys', () => {
    const { nodes, cache } = rig();
    nodes.put('a', '1');
    getFrom(cache, 'a');
    getFrom(cache, 'a');
    expect(nodes.asked).toHaveLength(2);
    const all = rig({ prefixes: [''] });
    all.nodes.put('a', '1');
    getFrom(all.cache, 'a');
    getFrom(all.cache, 'a');
    expect(all.nodes.asked).toHaveLength(1);
  });

  it('does not remember misses', () => {
    const { nodes, cache } = rig();
    getFrom(cache, 'hot:a');
    nodes.put('hot:a', '1');
    expect(getFrom(cache, 'hot:a')).toBe('1');
  });

  it.each([
    ['set', 'store', { value: 'new' }],
    ['append', 'store', { value: 'new', mode: 'append' }],
    ['cas', 'store', { value: 'new', cas: 99n }],
    ['delete', 'delete', {}],
    ['incr', 'arith', {}],
    ['touch', 'touch', { exptime: 5 }],
    ['gat', 'get', { touch: true, exptime: 5 }],
  ] as const)('forgets an item when a %s of it passes', (_name, verb, fields) => {
    const { nodes, cache } = rig();
    nodes.put('hot:a', '1');
    getFrom(cache, 'hot:a');
    askRoute(cache, verb, 'hot:a', fields);
    const before = nodes.asked.length;
    getFrom(cache, 'hot:a');
    expect(nodes.asked).toHaveLength(before + 1);
  });

  it('does not remember a reply that a write has overtaken', () => {
    const { nodes, cache } = rig();
    nodes.put('hot:a', 'old');
    nodes.hold();
    cache.dispatch(commandOf('get', { key: 'hot:a' }), { onReply() {}, onError() {} });
    cache.dispatch(commandOf('store', { key: 'hot:a', value: 'new' }), { onReply() {}, onError() {} });
    nodes.release();
    expect(getFrom(cache, 'hot:a')).toBe('new');
  });

  it('does not remember a reply that was given while a write was in flight', () => {
    const nodes = new ManualDispatcher();
    const clock = new FakeClock();
    const cache = new FrontCacheRoute({
      route: nodes,
      prefixes: [''],
      lifespan: 1000,
      maxItems: 9,
      maxBytes: 999,
      clock,
    });
    const told: string[] = [];
    const handler: Handler = {
      onReply: (reply) => told.push(reply.hasValue ? reply.text() : reply.status),
      onError() {},
    };
    cache.dispatch(commandOf('store', { key: 'a', value: 'new' }), handler);
    const set = nodes.take('a');
    cache.dispatch(commandOf('get', { key: 'a' }), handler);
    nodes.hit('a', 'old');
    set.handler.onReply(new Reply().reset('ok'));
    cache.dispatch(commandOf('get', { key: 'a' }), handler);
    nodes.hit('a', 'new');
    expect(told).toEqual(['old', 'ok', 'new']);
  });

  it.each(['store', 'flush'] as const)(
    'of a new configuration does not keep what it read before a %s that was in flight at the reload',
    (verb) => {
      const nodes = new ManualDispatcher();
      const cached = { type: 'front-cache', route: 'main', prefixes: [''], lifespan: 1000 } as const;
      const configuration = (): Routes => new Routes({ cached }, new Map([['main', nodes]]), new FakeClock());
      const [old, next] = [configuration(), configuration()];
      const [before, after] = [old.named('cached'), next.named('cached')];
      const told: string[] = [];
      const handler: Handler = {
        onReply: (reply) => told.push(reply.hasValue ? reply.text() : reply.status),
        onError() {},
      };
      before.dispatch(commandOf(verb, { key: 'a', value: 'new' }), handler);
      const write = nodes.take('a');
      old.replacedBy(next);
      after.dispatch(commandOf('get', { key: 'a' }), handler);
      nodes.hit('a', 'old');
      write.handler.onReply(new Reply().reset('ok'));
      after.dispatch(commandOf('get', { key: 'a' }), handler);
      nodes.hit('a', 'new');
      expect(told).toEqual(['old', 'ok', 'new']);
    },
  );

  it('does not reply to a get for compare and swap, except to binary clients when it knows the cas', () => {
    const { nodes, cache } = rig();
    nodes.put('hot:a', '1');
    getFrom(cache, 'hot:a');
    askRoute(cache, 'get', 'hot:a', { wantCas: true, dialect: 'text' });
    expect(nodes.asked).toHaveLength(2);
    const binary = { wantCas: true, dialect: 'binary' } as const;
    const first = askRoute(cache, 'get', 'hot:a', binary);
    expect(nodes.asked).toHaveLength(3);
    expect(askRoute(cache, 'get', 'hot:a', binary)).toMatchObject({
      value: '1',
      cas: first instanceof Error ? 0n : first.cas,
    });
    expect(nodes.asked).toHaveLength(3);
  });

  it('replies to meta gets whose flags it can tell', () => {
    const { nodes, cache } = rig();
    nodes.put('hot:a', '1');
    getFrom(cache, 'hot:a');
    askRoute(cache, 'get', 'hot:a', { meta: { tokens: ['v', 'f', 's', 'k', 'O1', 'q'] } });
    expect(nodes.asked).toHaveLength(1);
    askRoute(cache, 'get', 'hot:a', { meta: { tokens: ['v', 't'] } });
    expect(nodes.asked).toHaveLength(2);
  });

  it('asks the node for an item that the client has of a cas', () => {
    const { nodes, cache } = rig();
    nodes.put('hot:a', '1');
    getFrom(cache, 'hot:a');
    const { cas } = nodes.item('hot:a')!;
    const conditional = { cas, meta: { tokens: ['v', `C${cas}`], hasCas: true } };
    expect(askRoute(cache, 'get', 'hot:a', conditional)).not.toHaveProperty('value');
    expect(nodes.asked).toHaveLength(2);
    expect(getFrom(cache, 'hot:a')).toBe('1');
    expect(nodes.asked).toHaveLength(2);
  });

  it('is bounded in items and bytes; the oldest go', () => {
    const { nodes, cache } = rig({ maxItems: 3, maxBytes: 100 });
    for (let i = 0; i < 5; i++) {
      nodes.put(`hot:${i}`, 'x');
      getFrom(cache, `hot:${i}`);
    }
    expect(cache.stats()).toMatchObject({ items: 3, evictions: 2 });
    nodes.put('hot:big', 'x'.repeat(80));
    getFrom(cache, 'hot:big');
    expect(cache.stats()).toMatchObject({ items: 3, bytes: 12 + 87 });
    nodes.put('hot:huge', 'x'.repeat(200));
    getFrom(cache, 'hot:huge');
    expect(cache.stats().bytes).toBe(99);
  });

  it('forgets everything when a flush passes, and when it gets its reply', () => {
    const { nodes, cache } = rig();
    nodes.put('hot:a', '1');
    getFrom(cache, 'hot:a');
    askRoute(cache, 'flush', '');
    expect(getFrom(cache, 'hot:a')).toBe('miss');
    expect(cache.stats()).toMatchObject({ items: 0, bytes: 0, deletes: 1 });
  });

  it('passes failures on and fetches again', () => {
    const { nodes, cache } = rig();
    nodes.put('hot:a', '1').down();
    expect(getFrom(cache, 'hot:a')).toBe('cannot connect to node');
    nodes.error = undefined;
    expect(getFrom(cache, 'hot:a')).toBe('1');
    nodes.down();
    expect(getFrom(cache, 'hot:a')).toBe('1');
  });
});
