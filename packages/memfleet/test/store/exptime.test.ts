import { describe, expect, it } from 'vitest';
import { ItemStore } from '../../src/store/item-store.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { ask } from '../support/ask.ts';
import { FakeClock } from '../support/fake-clock.ts';

const day = 86_400;

function setUp(): { clock: FakeClock; store: ItemStore; dispatcher: StoreDispatcher } {
  const clock = new FakeClock();
  const store = new ItemStore({ clock });
  return { clock, store, dispatcher: new StoreDispatcher({ store }) };
}

describe('an exptime', () => {
  const now = new FakeClock().unixSeconds();
  it.each([
    { exptime: 0, lives: Infinity, because: '0 is for ever' },
    { exptime: 1, lives: 1, because: 'seconds from now' },
    { exptime: 30 * day, lives: 30 * day, because: 'up to 30 days count from now' },
    { exptime: 30 * day + 1, lives: 0, because: 'more is a Unix time, here in 1970' },
    { exptime: now + 50, lives: 50, because: 'a Unix time to come' },
    { exptime: now, lives: 0, because: 'a Unix time that is now' },
    { exptime: -1, lives: 0, because: 'negative is expired at once' },
  ])('of $exptime: $because', ({ exptime, lives }) => {
    const { clock, dispatcher } = setUp();
    expect(ask(dispatcher, 'store', { key: 'k', value: 'v', exptime })).toMatchObject({ status: 'ok' });
    if (lives === Infinity) {
      clock.advance(400 * day * 1000);
      expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe('ok');
      return;
    }
    if (lives > 0) {
      clock.advance(lives * 1000 - 1);
      expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe('ok');
      clock.advance(1);
    }
    expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe('miss');
  });

  it('of a touch or get-and-touch follows the same rules', () => {
    const { clock, dispatcher } = setUp();
    ask(dispatcher, 'store', { key: 'k', value: 'v', exptime: 10 });
    expect(ask(dispatcher, 'touch', { key: 'k', exptime: 20 }).status).toBe('ok');
    clock.advance(15_000);
    expect(ask(dispatcher, 'get', { key: 'k', touch: true, exptime: 30 })).toMatchObject({ status: 'ok', value: 'v' });
    clock.advance(29_000);
    expect(ask(dispatcher, 'get', { key: 'k', touch: true, exptime: -1 }).status).toBe('ok');
    expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe('miss');
    expect(ask(dispatcher, 'touch', { key: 'k', exptime: 20 }).status).toBe('miss');
  });

  it('that has passed makes an item absent for every verb', () => {
    for (const verb of ['delete', 'arith', 'touch', 'debug'] as const) {
      const { dispatcher } = setUp();
      ask(dispatcher, 'store', { key: 'k', value: '1', exptime: -1 });
      expect([verb, ask(dispatcher, verb, { key: 'k' }).status]).toEqual([verb, 'miss']);
    }
    const { dispatcher } = setUp();
    ask(dispatcher, 'store', { key: 'k', value: '1', exptime: -1 });
    expect(ask(dispatcher, 'store', { key: 'k', mode: 'append', value: '2' }).status).toBe('notStored');
    expect(ask(dispatcher, 'store', { key: 'k', mode: 'add', value: '2' }).status).toBe('ok');
  });
});

describe('expired items', () => {
  it('are given back when they are found, and by the sweep', () => {
    const { clock, store, dispatcher } = setUp();
    for (let i = 0; i < 100; i++) ask(dispatcher, 'store', { key: `k${i}`, value: 'v', exptime: i < 50 ? 5 : 0 });
    clock.advance(5000);
    expect(store.count).toBe(100);
    ask(dispatcher, 'get', { key: 'k0' });
    expect(store.count).toBe(99);
    expect(store.sweep(1000)).toBe(49);
    expect(store.count).toBe(50);
    expect(store.bytes).toBe(50 * (59 + 3 + 1));
  });

  it('are swept a bounded number at a time, going round', () => {
    const { clock, store, dispatcher } = setUp();
    for (let i = 0; i < 30; i++) ask(dispatcher, 'store', { key: `k${i}`, value: 'v', exptime: 5 });
    clock.advance(5000);
    expect(store.sweep(90)).toBe(10);
    ask(dispatcher, 'store', { key: 'new', value: 'v', exptime: -1 });
    expect(store.sweep(90)).toBe(10);
    expect(store.sweep(100)).toBe(11);
    expect(store.count).toBe(0);
    ask(dispatcher, 'store', { key: 'again', value: 'v', exptime: -1 });
    expect(store.sweep(100)).toBe(1);
    expect(store.bytes).toBe(0);
  });
});

describe('a wall clock that is set', () => {
  const hour = 3600;
  it.each([
    { jump: hour, name: 'an hour on' },
    { jump: -25 * hour, name: '25 hours back' },
  ])('$name neither expires an item nor gives it more time', ({ jump }) => {
    const { clock, dispatcher } = setUp();
    const isThere = (key: string): boolean => ask(dispatcher, 'debug', { key }).status === 'ok';
    const fields = { relative: 60, absolute: clock.unixSeconds() + 60, touched: 1 };
    for (const [key, exptime] of Object.entries(fields)) ask(dispatcher, 'store', { key, value: 'v', exptime });
    ask(dispatcher, 'touch', { key: 'touched', exptime: 60 });
    clock.advance(1000);
    clock.jump(jump);
    for (const key of Object.keys(fields)) expect([key, isThere(key)]).toEqual([key, true]);
    const meta = { tokens: ['t'] };
    expect(ask(dispatcher, 'get', { key: 'relative', meta }).ttl).toBe(59);
    clock.advance(58_999);
    for (const key of Object.keys(fields)) expect([key, isThere(key)]).toEqual([key, true]);
    clock.advance(1);
    for (const key of Object.keys(fields)) expect([key, isThere(key)]).toEqual([key, false]);
  });

  it('counts for a Unix time that comes afterwards', () => {
    const { clock, dispatcher } = setUp();
    for (const jump of [10 * hour, -30 * hour]) {
      clock.jump(jump);
      ask(dispatcher, 'store', { key: 'k', value: 'v', exptime: clock.unixSeconds() + 60 });
      clock.advance(59_999);
      expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe('ok');
      clock.advance(1);
      expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe('miss');
      ask(dispatcher, 'store', { key: 'k', value: 'v', exptime: clock.unixSeconds() });
      expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe('miss');
    }
  });

  it.each([hour, -hour])('by %i s does not change when a delayed flush happens', (jump) => {
    const { clock, dispatcher } = setUp();
    ask(dispatcher, 'store', { key: 'k', value: 'v' });
    ask(dispatcher, 'flush', { exptime: 10 });
    clock.jump(jump);
    clock.advance(9999);
    expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe('ok');
    clock.advance(1);
    expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe('miss');
  });

  it.each([hour, -hour])('by %i s does not change how long ago an item was used', (jump) => {
    const { clock, dispatcher } = setUp();
    ask(dispatcher, 'store', { key: 'k', value: 'v' });
    clock.advance(5000);
    clock.jump(jump);
    expect(ask(dispatcher, 'get', { key: 'k', meta: { tokens: ['l'] } }).lastAccess).toBe(5);
  });

  it('leaves stores that were made before and after it in agreement', () => {
    const clock = new FakeClock();
    const before = new ItemStore({ clock });
    clock.jump(-hour);
    expect(new ItemStore({ clock }).tick()).toBe(before.tick());
  });
});

describe('flush', () => {
  it('drops everything at once, and what comes after stays', () => {
    const { store, dispatcher } = setUp();
    ask(dispatcher, 'store', { key: 'k', value: 'v' });
    expect(ask(dispatcher, 'flush').status).toBe('ok');
    expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe('miss');
    ask(dispatcher, 'store', { key: 'k', value: 'v' });
    expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe('ok');
    expect(store.count).toBe(1);
  });

  it('with a delay drops at that second what was stored until then', () => {
    const { clock, dispatcher } = setUp();
    ask(dispatcher, 'store', { key: 'early', value: 'v' });
    ask(dispatcher, 'flush', { exptime: 10 });
    clock.advance(9000);
    ask(dispatcher, 'store', { key: 'later', value: 'v' });
    expect(ask(dispatcher, 'get', { key: 'early' }).status).toBe('ok');
    clock.advance(1000);
    expect(ask(dispatcher, 'get', { key: 'early' }).status).toBe('miss');
    expect(ask(dispatcher, 'get', { key: 'later' }).status).toBe('miss');
    ask(dispatcher, 'store', { key: 'after', value: 'v' });
    clock.advance(100_000);
    expect(ask(dispatcher, 'get', { key: 'after' }).status).toBe('ok');
  });

  it('takes back an earlier flush that was still to come', () => {
    const { clock, dispatcher } = setUp();
    ask(dispatcher, 'flush', { exptime: 10 });
    ask(dispatcher, 'flush', { exptime: -1 });
    ask(dispatcher, 'store', { key: 'k', value: 'v' });
    clock.advance(20_000);
    expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe('ok');
  });
});
