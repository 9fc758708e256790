import { describe, expect, it } from 'vitest';
import { ItemStore } from '../../src/store/item-store.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { ask, askAll, commandOf } from '../support/ask.ts';
import { FakeClock } from '../support/fake-clock.ts';

function setUp(): { clock: FakeClock; store: ItemStore; dispatcher: StoreDispatcher } {
  const clock = new FakeClock();
  const store = new ItemStore({ clock });
  return { clock, store, dispatcher: new StoreDispatcher({ store }) };
}

describe('stale-while-revalidate of the meta protocol', () => {
  const meta = (...tokens: string[]): { tokens: string[] } => ({ tokens });

  it('N creates an empty item on a miss: the first reader wins, later ones see that a refresh is in progress', () => {
    const { clock, dispatcher } = setUp();
    const get = { key: 'k', meta: { ...meta('v', 'N30', 't'), vivify: 30 } };
    expect(ask(dispatcher, 'get', get)).toMatchObject({ status: 'ok', value: '', ttl: 30, won: true });
    const next = ask(dispatcher, 'get', get);
    expect(next).toMatchObject({ value: '', recaching: true });
    expect(next).not.toHaveProperty('won');
    ask(dispatcher, 'store', { key: 'k', value: 'real' });
    expect(ask(dispatcher, 'get', get)).not.toHaveProperty('recaching');
    ask(dispatcher, 'delete', { key: 'k' });
    ask(dispatcher, 'get', get);
    clock.advance(30_000);
    expect(ask(dispatcher, 'get', get)).toMatchObject({ won: true });
  });

  it('R lets the first reader refresh an item with less than the given seconds left', () => {
    const { clock, dispatcher } = setUp();
    ask(dispatcher, 'store', { key: 'k', value: 'v', exptime: 100 });
    ask(dispatcher, 'store', { key: 'ever', value: 'v' });
    const get = { key: 'k', meta: { ...meta('R30'), recache: 30 } };
    expect(ask(dispatcher, 'get', get)).not.toHaveProperty('won');
    clock.advance(70_000);
    expect(ask(dispatcher, 'get', get)).not.toHaveProperty('won');
    clock.advance(1000);
    expect(ask(dispatcher, 'get', get)).toMatchObject({ won: true });
    expect(ask(dispatcher, 'get', get)).toMatchObject({ recaching: true });
    expect(ask(dispatcher, 'get', { ...get, key: 'ever' })).not.toHaveProperty('won');
  });

  it('md I marks stale: a new cas, the T given; the first reader wins, the next see Z and X; a set makes it whole', () => {
    const { dispatcher } = setUp();
    ask(dispatcher, 'store', { key: 'k', value: 'v', exptime: 100 });
    const get = { key: 'k', wantCas: true, meta: meta('c', 't', 'v') };
    const { cas } = ask(dispatcher, 'get', get);
    const invalidate = { key: 'k', touch: true, exptime: 50, meta: { ...meta('I', 'T50'), invalidate: true } };
    expect(ask(dispatcher, 'delete', invalidate).status).toBe('ok');
    const first = ask(dispatcher, 'get', get);
    expect(first).toMatchObject({ value: 'v', stale: true, won: true, ttl: 50 });
    expect(first.cas).not.toBe(cas);
    const second = ask(dispatcher, 'get', get);
    expect(second).toMatchObject({ value: 'v', stale: true, recaching: true });
    expect(second).not.toHaveProperty('won');
    ask(dispatcher, 'store', { key: 'k', value: 'new' });
    expect(ask(dispatcher, 'get', get)).not.toHaveProperty('stale');
  });

  it('ms I with a lower cas stores the value as stale and keeps the ttl; with an equal one as usual; with a higher one not', () => {
    const { dispatcher } = setUp();
    ask(dispatcher, 'store', { key: 'k', value: 'a', exptime: 100 });
    const old = ask(dispatcher, 'get', { key: 'k', wantCas: true }).cas as bigint;
    ask(dispatcher, 'delete', { key: 'k', meta: { ...meta('I'), invalidate: true } });
    const store = { key: 'k', value: 'b', exptime: 7, meta: { ...meta('I', 'C'), invalidate: true } };
    expect(ask(dispatcher, 'store', { ...store, cas: old }).status).toBe('ok');
    const get = { key: 'k', wantCas: true, meta: meta('c', 't', 'v') };
    const stale = ask(dispatcher, 'get', get);
    expect(stale).toMatchObject({ value: 'b', stale: true, won: true, ttl: 100 });
    expect(ask(dispatcher, 'store', { ...store, cas: 1_000_000n }).status).toBe('exists');
    expect(ask(dispatcher, 'store', { ...store, cas: stale.cas as bigint }).status).toBe('ok');
    const whole = ask(dispatcher, 'get', get);
    expect(whole).toMatchObject({ ttl: 7 });
    expect(whole).not.toHaveProperty('stale');
  });

  it('h and l tell what was before; u leaves no trace', () => {
    const { clock, dispatcher } = setUp();
    ask(dispatcher, 'store', { key: 'k', value: 'v' });
    const get = { key: 'k', wantValue: false, meta: meta('h', 'l', 's') };
    clock.advance(3000);
    const quiet = { ...get, meta: { ...meta('h', 'l', 'u'), noBump: true } };
    expect(ask(dispatcher, 'get', quiet)).toMatchObject({ hit: false, lastAccess: 3, size: 1 });
    expect(ask(dispatcher, 'get', get)).toMatchObject({ hit: false, lastAccess: 3 });
    clock.advance(2000);
    expect(ask(dispatcher, 'get', get)).toMatchObject({ hit: true, lastAccess: 2 });
  });

  it('t before T returns the old ttl, after T the new one', () => {
    const { dispatcher } = setUp();
    ask(dispatcher, 'store', { key: 'k', value: 'v', exptime: 100 });
    const get = { key: 'k', touch: true };
    expect(ask(dispatcher, 'get', { ...get, exptime: 30, meta: meta('t', 'T30') }).ttl).toBe(100);
    expect(ask(dispatcher, 'get', { ...get, exptime: 40, meta: meta('T40', 't') }).ttl).toBe(40);
  });

  it('t before the N that creates the item returns that it has no ttl yet', () => {
    const { dispatcher } = setUp();
    const made = { ...meta('t', 'N30'), vivify: 30 };
    expect(ask(dispatcher, 'get', { key: 'k', meta: made }).ttl).toBe(-1);
    expect(ask(dispatcher, 'get', { key: 'k', meta: made }).ttl).toBe(30);
    expect(ask(dispatcher, 'arith', { key: 'n', initial: 0n, meta: made }).ttl).toBe(-1);
    expect(ask(dispatcher, 'arith', { key: 'n', initial: 0n, meta: made }).ttl).toBe(30);
  });

  it('md x empties the value and keeps the item', () => {
    const { dispatcher, store } = setUp();
    ask(dispatcher, 'store', { key: 'k', value: 'value', flags: 7, exptime: 100 });
    const before = store.bytes;
    ask(dispatcher, 'delete', { key: 'k', meta: { ...meta('x'), clearValue: true } });
    expect(ask(dispatcher, 'get', { key: 'k', meta: meta('v', 'f', 't') })).toMatchObject({ value: '', ttl: 100 });
    expect(ask(dispatcher, 'get', { key: 'k' })).not.toHaveProperty('flags');
    expect(store.bytes).toBe(before - 5 - 4);
  });

  it('E gives the cas that the client chooses', () => {
    const { dispatcher } = setUp();
    const newCas = 2n ** 64n - 1n;
    const chosen = { ...meta('E'), newCas };
    const casOf = (key: string): bigint | undefined => ask(dispatcher, 'get', { key, wantCas: true }).cas;
    ask(dispatcher, 'store', { key: 'a', value: '1', meta: chosen });
    ask(dispatcher, 'get', { key: 'b', meta: { ...chosen, tokens: ['E', 'N10'], vivify: 10 } });
    ask(dispatcher, 'store', { key: 'c', value: '1' });
    ask(dispatcher, 'arith', { key: 'c', meta: chosen });
    ask(dispatcher, 'store', { key: 'd', value: '1' });
    ask(dispatcher, 'delete', { key: 'd', meta: { ...chosen, invalidate: true } });
    expect(['a', 'b', 'c', 'd'].map(casOf)).toEqual([newCas, newCas, newCas, newCas]);
    expect(ask(dispatcher, 'store', { key: 'a', value: '2', cas: newCas }).status).toBe('ok');
  });
});

it('me reports the fields of an item that memcached reports', () => {
  const { clock, dispatcher } = setUp();
  ask(dispatcher, 'store', { key: 'k', value: 'abc', exptime: 100 });
  clock.advance(4000);
  expect(ask(dispatcher, 'debug', { key: 'k' })).toMatchObject({
    key: 'k',
    message: 'exp=96 la=4 cas=1 fetch=no cls=1 size=63',
  });
  expect(askAll(dispatcher, commandOf('debug', { key: 'none' }))).toEqual([{ status: 'miss' }]);
});
