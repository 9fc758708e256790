/** Expired items are removed by steps that take no longer, however many have expired. */
import { describe, expect, it } from 'vitest';
import { Crawler } from '../../src/store/crawler.ts';
import { ItemStore } from '../../src/store/item-store.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** A store whose items live for so many seconds each, and the crawler at work. */
function crawled(lives: readonly number[]): { store: ItemStore; clock: FakeClock; crawler: Crawler } {
  const clock = new FakeClock();
  const store = new ItemStore({ clock });
  const now = store.tick();
  for (const [i, seconds] of lives.entries())
    store.put(undefined, `key${i}`, 'v', 0, seconds === 0 ? 0 : store.expiresAt(seconds, now), now);
  const crawler = new Crawler(store, clock);
  crawler.start();
  return { store, clock, crawler };
}

describe('the crawler', () => {
  it('removes a few expired items among many in one step, in the next round', () => {
    const { store, clock } = crawled(Array.from({ length: 10_000 }, (_, i) => (i % 100 === 0 ? 10 : 0)));
    clock.advance(60_000);
    expect(store.count).toBe(10_000);
    clock.advance(1000);
    expect(store.count).toBe(9900);
  });

  it('goes on a second later where a step does not reach the last item', () => {
    const { store, clock } = crawled(Array.from({ length: 30_000 }, () => 0));
    clock.advance(1000);
    expect(store.counters.crawler_items_checked).toBe(20_000);
    clock.advance(1000);
    expect(store.counters.crawler_items_checked).toBe(30_000);
    clock.advance(59_000);
    expect(store.counters.crawler_items_checked).toBe(30_000);
  });

  it('removes at most a ninth of what a step may check, and goes on at once', () => {
    const { store, clock } = crawled(Array.from({ length: 30_000 }, () => 1));
    while (store.count === 30_000) clock.advance(1000);
    expect(store.count).toBeGreaterThan(27_000);
    for (let step = 0; step < 14; step++) clock.advance(10);
    expect(store.count).toBe(0);
  });

  it('ends a requested round, also where nothing is left to check', () => {
    const { store, clock, crawler } = crawled([1, 1, 0]);
    clock.advance(1500);
    crawler.crawl();
    store.flush(0);
    clock.advance(10);
    expect(crawler.isRunning).toBe(false);
  });
});
