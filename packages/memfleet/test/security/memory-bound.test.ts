/**
 * Attack: clients store so many items, or of such sizes, that the process takes more memory than the server was given.
 */
import { describe, expect, it } from 'vitest';
import { ItemStore } from '../../src/store/item-store.ts';
import { heldMemory } from '../support/memory.ts';

const maxBytes = 4 * 1024 * 1024;

class Target {
  readonly store = new ItemStore({ maxBytes, maxItemSize: maxBytes });
  readonly #before: number = heldMemory();

  put(key: string, length: number): void {
    const { store } = this;
    const now = store.tick();
    // As a session reads it.
    const value = length > 4096 ? store.allocate(length)!.fill('x') : 'x'.repeat(length);
    store.put(store.find(key, now), key, value, 0, 0, now);
  }

  /** The store says the truth of what it takes, that is within the bound, and the item stored last is there. */
  check(last: string): void {
    const { store } = this;
    expect(store.memory).toBeLessThanOrEqual(maxBytes);
    expect(store.bytes).toBeLessThanOrEqual(maxBytes);
    expect(heldMemory() - this.#before).toBeLessThan(maxBytes * 1.1 + 512 * 1024);
    expect(store.find(last, store.tick())).toBeDefined();
  }
}

describe('the memory of a store holds', () => {
  it.each([0, 1, 100, 1000, 8000, 9000, 100_000, 1_000_000])('values of %i bytes', (length) => {
    const target = new Target();
    const count = Math.ceil((maxBytes * 2.5) / (length + 70));
    for (let i = 0; i < count; i++) target.put(`key${i}`, length);
    target.check(`key${count - 1}`);
    expect(target.store.counters.evictions).toBe(count - target.store.count);
    // Nor is it given away.
    expect(target.store.bytes).toBeGreaterThan(maxBytes * 0.75);
  });

  it('as many values of 1 MB as memcached: 64 in 64 MB', () => {
    const store = new ItemStore();
    const length = 1024 * 1024 - 250;
    for (let i = 0; i < 100; i++) {
      const value = store.allocate(length)!.fill('x');
      store.put(undefined, `item_${i}`, value, 0, 0, store.tick());
    }
    expect([store.count, store.counters.evictions]).toEqual([64, 36]);
    expect(store.memory).toBeLessThanOrEqual(store.maxBytes);
  });

  it('keys of 250 bytes', () => {
    const target = new Target();
    const key = (i: number): string => `${i}`.padStart(250, 'k');
    for (let i = 0; i < 40_000; i++) target.put(key(i), 1);
    target.check(key(39_999));
  });

  it('one key that is overwritten for ever, with values of every size', () => {
    const target = new Target();
    target.put('other', 100);
    for (let i = 0; i < 4000; i++) target.put('key', (i * 7919) % 150_000);
    target.check('key');
    expect(target.store.count).toBe(2);
    expect(target.store.counters.evictions).toBe(0);
    expect(target.store.memory).toBeLessThan(maxBytes / 2);
  });

  it('items whose sizes change from small to large and back', () => {
    const target = new Target();
    for (const length of [1, 50_000, 10, 3000, 20_000, 1, 900_000, 100]) {
      const count = Math.ceil((maxBytes * 1.5) / (length + 70));
      for (let i = 0; i < count; i++) target.put(`key${i}`, length);
      target.check(`key${count - 1}`);
    }
  }, 60_000);

  it('items of which every other is deleted, while more come', () => {
    const target = new Target();
    const { store } = target;
    const count = 50_000;
    for (let i = 0; i < count; i++) {
      target.put(`key${i}`, 100);
      const item = i % 2 === 0 ? undefined : store.find(`key${i - 1}`, store.tick());
      if (item !== undefined) store.remove(item);
    }
    target.check(`key${count - 1}`);
    // What deleted items took is used for others: without that only half as many would be there.
    expect(store.bytes).toBeGreaterThan(maxBytes * 0.75);
  });

  it('and gives it back when all is deleted or flushed', () => {
    const target = new Target();
    const { store } = target;
    for (let i = 0; i < 40_000; i++) target.put(`key${i}`, i % 1000 === 0 ? 100_000 : 50);
    for (const item of store.items()) store.remove(item);
    expect([store.count, store.bytes]).toEqual([0, 0]);
    // The index stays as large as it was.
    expect(store.memory).toBeLessThan(maxBytes / 2);
    store.flush(0);
    expect(store.memory).toBe(0);
  });
});
