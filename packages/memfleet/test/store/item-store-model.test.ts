/**
 * The store against a Map, under random commands: whatever is found is what the Map holds, and what is missing was
 * evicted, expired or flushed, or had no memory.
 */
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { ItemStore } from '../../src/store/item-store.ts';
import { type Item, itemSize } from '../../src/store/item.ts';
import { OutOfMemoryError } from '../../src/store/memory.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { StoreMemory } from '../support/store-memory.ts';

interface Held {
  value: string;
  flags: number;
  exptime: number;
  cas: bigint;
  fetched: boolean;
  stale: boolean;
}

type Step =
  | { do: 'put'; key: number; length: number; flags: number; ttl: number; bytes: boolean }
  | { do: 'change'; key: number; length: number }
  | { do: 'remove' | 'read' | 'recas' | 'stale'; key: number }
  | { do: 'touch'; key: number; ttl: number }
  | { do: 'advance'; seconds: number }
  | { do: 'sweep'; limit: number }
  | { do: 'memory'; isThere: boolean }
  | { do: 'flush'; delay: number };

const keys = 60;
const keyOf = (number: number): string => `${'k'.repeat(1 + (number % 7))}${number}`;
const filling = 'abcdefghijklmnopqrstuvwxyz\r\n\0\xff'.repeat(200);
/** Each value is another, so that one that is mixed up with another is seen. */
const valueOf = (length: number, number: number): string =>
  length === 0 ? '' : (String(number) + filling.slice(number % 30)).slice(0, length);

const key = fc.nat(keys - 1);
const length = fc.oneof(
  fc.nat(8),
  fc.nat(200),
  fc.nat(4000),
  fc.constantFrom(0, 1, 31, 32, 63, 64, 65, 1023, 1024, 1025),
);
const ttl = fc.constantFrom(0, 0, 0, 1, 3, 10);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 100,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      key,
      length,
      flags: fc.constantFrom(0, 0, 7, 0xffff_ffff),
      ttl,
      bytes: fc.boolean(),
    }),
  },
  { weight: 20, arbitrary: fc.record({ do: fc.constant('change' as const), key, length }) },
  {
    weight: 30,
    arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'recas' as const, 'stale' as const), key }),
  },
  { weight: 60, arbitrary: fc.record({ do: fc.constant('read' as const), key }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('touch' as const), key, ttl }) },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant('advance' as const), seconds: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('sweep' as const), limit: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('memory' as const), isThere: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const), delay: fc.constantFrom(0, 0, 2) }) },
);

function plain({ text, flags, exptime, cas, isFetched: fetched, isStale: stale }: Item): Held {
  return { value: text, flags, exptime, cas, fetched, stale };
}

function isSame(item: Item, model: Held): boolean {
  const held = plain(item);
  return (Object.keys(model) as (keyof Held)[]).every((name) => held[name] === model[name]);
}

const memory = new StoreMemory();
afterEach(() => memory.giveBack());

class Model {
  readonly clock = new FakeClock();
  readonly store: ItemStore;
  readonly held = new Map<string, Held>();
  readonly #maxBytes: number;
  #flushAt = 0;
  #steps = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.store = new ItemStore({ maxBytes, maxItemSize: maxBytes, clock: this.clock });
  }

  run(step: Step): void {
    const now = this.store.tick();
    if (this.#flushAt !== 0 && now >= this.#flushAt) this.#flush();
    this.#steps++;
    const { counters } = this.store;
    const givenUp = counters.evictions + counters.reclaimed;
    const stored = 'key' in step ? this.#tryOnKey(step, now) : undefined;
    if (step.do === 'memory') {
      if (step.isThere) memory.giveBack();
      else memory.takeAll();
    } else if (step.do === 'advance') this.clock.advance(step.seconds * 1000);
    else if (step.do === 'sweep') this.store.sweep(step.limit);
    else if (step.do === 'flush') {
      this.store.flush(step.delay);
      if (step.delay === 0) this.#flush();
      else this.#flushAt = now + step.delay;
    }
    this.#check(counters.evictions + counters.reclaimed - givenUp, now, stored);
  }

  #flush(): void {
    this.#flushAt = 0;
    this.held.clear();
  }

  /** An item that there is no memory for is gone, and so is the one that it would have replaced. */
  #tryOnKey(step: Extract<Step, { key: number }>, now: number): string | undefined {
    try {
      return this.#onKey(step, now);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      this.held.delete(keyOf(step.key));
      return undefined;
    }
  }

  /** Does it, and answers the key that must be there afterwards. */
  #onKey(step: Extract<Step, { key: number }>, now: number): string | undefined {
    const { store, held } = this;
    const name = keyOf(step.key);
    const item = store.find(name, now);
    const model = held.get(name);
    if (model !== undefined && model.exptime !== 0 && model.exptime <= now) held.delete(name);
    expect(item === undefined).toBe(!held.has(name));
    if (step.do === 'put') {
      if (!store.fits(name, step.length, step.flags)) return undefined;
      const value = valueOf(step.length, this.#steps);
      const exptime = store.expiresAt(step.ttl, now);
      const put = store.put(item, name, step.bytes ? Buffer.from(value, 'latin1') : value, step.flags, exptime, now);
      held.set(name, { value, flags: step.flags, exptime, cas: put.cas, fetched: false, stale: false });
      return name;
    }
    if (item === undefined || model === undefined) return undefined;
    if (step.do === 'change') {
      if (!store.fits(name, step.length, item.flags)) return undefined;
      model.value = valueOf(step.length, this.#steps);
      store.change(item, model.value, item.flags, now);
      model.cas = store.find(name, now)!.cas;
      return name;
    }
    if (step.do === 'remove') {
      store.remove(item);
      held.delete(name);
      return undefined;
    }
    if (step.do === 'touch') model.exptime = item.exptime = store.expiresAt(step.ttl, now);
    else if (step.do === 'stale') model.stale = item.isStale = true;
    else if (step.do === 'recas') {
      store.recas(item, 2n ** 64n - BigInt(this.#steps));
      model.cas = 2n ** 64n - BigInt(this.#steps);
    } else {
      model.fetched = item.isFetched = true;
      store.bump(item, now);
    }
    return undefined;
  }

  #check(givenUp: number, now: number, stored: string | undefined): void {
    const { store, held } = this;
    let bytes = 0;
    let count = 0;
    const seen = new Set<string>();
    for (const item of store.items()) {
      const { key: name } = item;
      const model = held.get(name);
      // Only what differs is worth the time of an `expect`.
      if (model === undefined || !isSame(item, model)) expect({ name, ...plain(item) }).toEqual({ name, ...model });
      seen.add(name);
      count++;
      bytes += itemSize(name.length, item.length, item.flags);
    }
    let missing = 0;
    for (const [name, { exptime }] of held) {
      if (seen.has(name)) continue;
      held.delete(name);
      // Expired and swept, or given up for room.
      if (exptime === 0 || exptime > now) missing++;
    }
    expect(missing).toBeLessThanOrEqual(givenUp);
    if (stored !== undefined) expect(seen).toContain(stored);
    expect([seen.size, store.count, store.bytes]).toEqual([count, count, bytes]);
    if (count > 1) expect(store.memory).toBeLessThanOrEqual(this.#maxBytes);
    expect(store.bytes).toBeLessThanOrEqual(this.#maxBytes);
  }
}

it.each([4096, 20_000, 100_000, 10_000_000])(
  'a store of %i bytes holds what a Map would, but for what it gives up to stay within them',
  (maxBytes) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 400, size: 'max' }), (steps) => {
        memory.giveBack();
        const model = new Model(maxBytes);
        for (const one of steps) model.run(one);
        if (maxBytes === 10_000_000 && steps.every(({ do: what }) => what !== 'memory'))
          expect(model.store.counters.evictions).toBe(0);
      }),
      { numRuns: 15, endOnFailure: true },
    );
  },
  60_000,
);
