/** A map with bounds holds what was used last. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedMap } from '../../src/base/bounded-map.ts';

test('the least recently used entry makes room for a new one', () => {
  const map = new BoundedMap<string, number>({ maxItems: 2, maxSize: 100 });
  map.set('a', 1, 1);
  map.set('b', 2, 1);
  expect(map.get('a')).toBe(1);
  map.set('c', 3, 1);
  expect([map.peek('a'), map.peek('b'), map.peek('c')]).toEqual([1, undefined, 3]);
  expect([map.count, map.size, map.evicted]).toEqual([2, 2, 1]);
});

test('to peek is no use', () => {
  const map = new BoundedMap<string, number>({ maxItems: 2, maxSize: 100 });
  map.set('a', 1, 1);
  map.set('b', 2, 1);
  map.peek('a');
  expect(map.oldest()?.key).toBe('a');
});

test('a value that is larger than the map is not kept, nor the one before it', () => {
  const map = new BoundedMap<string, number>({ maxItems: 2, maxSize: 10 });
  map.set('a', 1, 10);
  map.set('a', 2, 11);
  expect([map.get('a'), map.count, map.size, map.evicted]).toEqual([undefined, 0, 0, 0]);
});

type Step = readonly ['get' | 'set' | 'delete' | 'clear', string, number];

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('get', 'set', 'set', 'set', 'delete', 'clear'),
  fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  fc.nat(12),
);

test('whatever is done, it is a list in the order of use, cut at its bounds', () => {
  const bounds = { maxItems: 4, maxSize: 20 };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const map = new BoundedMap<string, number>(bounds);
      let model: (readonly [key: string, size: number])[] = [];
      const sizeOf = (): number => model.reduce((sum, [, size]) => sum + size, 0);
      for (const [act, key, size] of steps) {
        const found = model.find(([other]) => other === key);
        const others = model.filter((entry) => entry !== found);
        if (act === 'clear') {
          map.clear();
          model = [];
        } else if (act === 'get') {
          expect(map.get(key)).toBe(found?.[1]);
          if (found !== undefined) model = [...others, found];
        } else if (act === 'delete') {
          expect(map.delete(key)).toBe(found !== undefined);
          model = others;
        } else {
          map.set(key, size, size);
          model = [...others, [key, size]];
          while (model.length > bounds.maxItems || sizeOf() > bounds.maxSize) model.shift();
        }
        expect([map.count, map.size, map.oldest()?.key]).toEqual([model.length, sizeOf(), model[0]?.[0]]);
      }
      expect(model.map(([key]) => map.peek(key))).toEqual(model.map(([, size]) => size));
    }),
    { numRuns: 300 },
  );
});
