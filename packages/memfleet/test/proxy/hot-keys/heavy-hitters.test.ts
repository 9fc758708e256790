import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HeavyHitters } from '../../../src/proxy/hot-keys/heavy-hitters.ts';

function countOf(stream: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of stream) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

const streams = fc.array(fc.nat(30).map(String), { maxLength: 500 });

it('counts exactly as long as there is room for every key', () => {
  fc.assert(
    fc.property(streams, (stream) => {
      const hitters = new HeavyHitters(31);
      for (const key of stream) hitters.add(key, 1);
      expect(new Map(hitters.counts())).toEqual(countOf(stream));
    }),
  );
});

it('keeps every key with more than 1 / capacity of the stream, and never says more of a key than is true', () => {
  fc.assert(
    fc.property(streams, fc.integer({ min: 1, max: 12 }), (stream, capacity) => {
      const hitters = new HeavyHitters(capacity);
      for (const key of stream) hitters.add(key, 1);
      const certain = new Map<string, number>(hitters.counts());
      expect(certain.size).toBeLessThanOrEqual(capacity);
      for (const [key, count] of countOf(stream)) {
        if (count > stream.length / capacity) expect([...certain.keys()]).toContain(key);
        expect(certain.get(key) ?? 0).toBeLessThanOrEqual(count);
      }
    }),
  );
});

it('adds the weight of each occurrence', () => {
  const hitters = new HeavyHitters(2);
  hitters.add('a', 5);
  hitters.add('b', 3);
  hitters.add('a', 5);
  expect(new Map(hitters.counts())).toEqual(
    new Map([
      ['a', 10],
      ['b', 3],
    ]),
  );
});
