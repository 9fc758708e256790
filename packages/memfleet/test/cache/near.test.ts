/** The near cache keeps values for a moment, and never what was written since it was read. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { NearCache, type NearEntry, type Reported } from '../../src/cache/near.ts';
import type { NearOptions, Whole } from '../../src/cache/options.ts';
import { FakeClock } from '../../src/testing/fake-clock.ts';

const options: Whole<NearOptions> = { ttl: 1000, maxBytes: 10_000, maxItems: 3, validate: true, freeze: true };
const reported: Reported = { cas: 7n, epoch: 0, size: 100, freshFor: Infinity };

let clock = new FakeClock();
let near = new NearCache(options, clock);

beforeEach(() => {
  clock = new FakeClock();
  near = new NearCache(options, clock);
});

/** A read of a key that gives this value. */
function read(key: string, value: unknown, more: Partial<Reported> = {}, cache = near): unknown {
  const fill = cache.begin(key);
  return fill === undefined ? value : cache.keep(fill, value, { ...reported, ...more });
}

describe('a value', () => {
  test('is returned without a request for as long as the option says', () => {
    read('a', 'value');
    clock.advance(999);
    expect(near.fresh('a')?.value).toBe('value');
    clock.advance(1);
    expect(near.fresh('a')).toBeUndefined();
  });

  test('is returned for so long from when it was asked for: another process may have changed it since', () => {
    const fill = near.begin('a');
    clock.advance(400);
    near.keep(fill as never, 'value', reported);
    clock.advance(599);
    expect(near.fresh('a')?.value).toBe('value');
    clock.advance(1);
    expect(near.fresh('a')).toBeUndefined();
    near.keep(near.begin('b') as never, 'value', reported);
    const entry = near.fresh('b') as NearEntry;
    clock.advance(1400);
    near.renew('b', entry, clock.now() - 400, Infinity);
    clock.advance(600);
    expect(near.fresh('b')).toBeUndefined();
  });

  test('is returned no longer than it is fresh', () => {
    read('a', 'value', { freshFor: 200 });
    clock.advance(200);
    expect(near.fresh('a')).toBeUndefined();
    read('b', 'value', { freshFor: 0 });
    expect(near.stats().items).toBe(1);
  });

  test('has the versions of its tags with it', () => {
    const tags = [{ name: 'red', stamp: 'x' }];
    read('a', 'value', { tags });
    expect(near.fresh('a')?.tags).toBe(tags);
  });
});

describe('an own write of the key', () => {
  test('removes what is kept', () => {
    read('a', 'old');
    near.drop('a');
    expect(near.fresh('a')).toBeUndefined();
  });

  test('keeps the value of a read in progress out, which may be the old one', () => {
    const fill = near.begin('a');
    near.drop('a');
    expect(near.keep(fill as never, 'old', reported)).toBe('old');
    expect(near.fresh('a')).toBeUndefined();
  });

  test('keeps a validation in progress from renewing the old value', () => {
    read('a', 'old', { size: 5000 });
    clock.advance(1000);
    const entry = near.toValidate('a', 0) as NearEntry;
    near.drop('a');
    near.renew('a', entry, clock.now(), Infinity);
    expect(near.fresh('a')).toBeUndefined();
  });

  test('lets a later read keep its value', () => {
    const before = near.begin('a');
    near.drop('a');
    const after = near.begin('a');
    near.keep(before as never, 'old', reported);
    near.keep(after as never, 'new', reported);
    expect(near.fresh('a')?.value).toBe('new');
  });
});

test('of several reads of a key in progress one is kept', () => {
  const first = near.begin('a');
  expect(near.begin('a')).toBeUndefined();
  expect(near.end(first as never)).toBe(true);
  expect(near.begin('a')).toBeDefined();
});

describe('when its time is over', () => {
  test('a large value is validated by its cas, and kept again', () => {
    read('a', 'value', { size: 5000 });
    expect(near.toValidate('a', 0)).toBeUndefined();
    clock.advance(1000);
    const entry = near.toValidate('a', 0);
    expect(entry?.cas).toBe(7n);
    near.renew('a', entry as NearEntry, clock.now(), 300);
    clock.advance(299);
    expect(near.fresh('a')?.value).toBe('value');
    clock.advance(1);
    expect(near.fresh('a')).toBeUndefined();
  });

  test.each<[string, Partial<Reported>, Partial<Whole<NearOptions>>, epoch: number]>([
    ['the value is small', { size: 4096 }, {}, 0],
    ['the node told no cas', { size: 5000, cas: undefined }, {}, 0],
    ['the node has lost all connections since, so that its cas tokens may begin again', { size: 5000 }, {}, 1],
    ['the option says so', { size: 5000 }, { validate: false }, 0],
  ])('a value is dropped and not validated when %s', (_, more, other, epoch) => {
    const cache = new NearCache({ ...options, ...other }, clock);
    read('a', 'value', more, cache);
    clock.advance(1000);
    expect(cache.toValidate('a', epoch)).toBeUndefined();
    expect(cache.stats().items).toBe(0);
  });
});

describe('a value is shared by its callers', () => {
  test('as it is, when it is a text or a number', () => {
    for (const value of ['text', 7, null, true, 5n]) expect(read('a', value)).toBe(value);
  });

  test('frozen, when it consists of plain objects and arrays', () => {
    const value = read('a', { list: [{ deep: 1 }] }) as { list: { deep: number }[] };
    expect(() => value.list.push({ deep: 2 })).toThrow(TypeError);
    expect(() => {
      (value.list[0] as { deep: number }).deep = 3;
    }).toThrow(TypeError);
    expect(near.fresh('a')?.value).toBe(value);
  });

  test('as a copy for each, when a freeze does not protect it', () => {
    const make = (): unknown => ({ bytes: Buffer.from('ab'), when: new Date(5), map: new Map([[1, new Set([2])]]) });
    const first = read('a', make()) as { bytes: Buffer };
    first.bytes[0] = 0;
    const second = near.fresh('a')?.value as { bytes: Buffer };
    expect(second).toEqual(make());
    expect(Buffer.isBuffer(second.bytes)).toBe(true);
    second.bytes[0] = 0;
    expect(near.fresh('a')?.value).toEqual(make());
  });

  test('as a copy for each, when the option says so', () => {
    const cache = new NearCache({ ...options, freeze: false }, clock);
    const first = read('a', { list: [1] }, {}, cache) as { list: number[] };
    first.list.push(2);
    expect(cache.fresh('a')?.value).toEqual({ list: [1] });
  });

  test('not at all, when it can be neither frozen nor copied', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    let deep: unknown = 1;
    for (let n = 0; n < 10_000; n++) deep = [deep];
    const getter = Object.defineProperty({}, 'now', { enumerable: true, get: () => Date.now() });
    for (const value of [new URL('x:y'), cycle, deep, getter, () => 1, { f: () => 1 }, new Proxy({}, {})]) {
      expect(read('a', value)).toBe(value);
      expect(near.fresh('a')).toBeUndefined();
    }
  });

  test('equal to what was read, whatever it is', () => {
    const value = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('__proto__', 'a'), fc.jsonValue()));
    fc.assert(
      fc.property(value, fc.boolean(), (made, freeze) => {
        const cache = new NearCache({ ...options, freeze }, clock);
        const text = JSON.stringify(made);
        read('a', JSON.parse(text), {}, cache);
        expect(JSON.stringify(cache.fresh('a')?.value)).toBe(text);
      }),
    );
  });
});

describe('there are never more values than the bounds allow', () => {
  test('and the least recently used makes room', () => {
    for (const key of ['a', 'b', 'c']) read(key, key);
    near.fresh('a');
    read('d', 'd');
    expect(['a', 'b', 'c', 'd'].map((key) => near.fresh(key)?.value)).toEqual(['a', undefined, 'c', 'd']);
    expect(near.stats()).toEqual({ items: 3, bytes: 303, evicted: 1 });
  });

  test('in bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(12_000))), (reads) => {
        const cache = new NearCache({ ...options, maxItems: 100 }, clock);
        for (const [key, size] of reads) {
          read(key, key, { size }, cache);
          expect(cache.stats().bytes).toBeLessThanOrEqual(10_000);
          expect(cache.fresh(key) === undefined).toBe(key.length + size > 10_000);
        }
      }),
    );
  });
});

test('everything is dropped at once', () => {
  const fill = near.begin('b');
  read('a', 'value');
  near.clear();
  near.keep(fill as never, 'value', reported);
  expect(near.stats()).toEqual({ items: 0, bytes: 0, evicted: 0 });
});
