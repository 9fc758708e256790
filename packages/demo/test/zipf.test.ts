import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../src/random.ts';
import { Zipf } from '../src/zipf.ts';

test("ranks are drawn as often as Zipf's law says", () => {
  const zipf = new Zipf(100, 1);
  const random = seededRandom(7);
  const draws = 200_000;
  const counts = Array.from({ length: 100 }, () => 0);
  for (let n = 0; n < draws; n++) counts[zipf.draw(random)]!++;
  let harmonic = 0;
  for (let rank = 1; rank <= 100; rank++) harmonic += 1 / rank;
  for (const rank of [0, 1, 2, 9, 49, 99]) {
    const expected = draws / (rank + 1) / harmonic;
    expect(Math.abs(counts[rank]! - expected)).toBeLessThan(5 * Math.sqrt(expected));
  }
});

test('every chance gives a rank that exists', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(chance, fc.integer({ min: 1, max: 500 }), (point, count) => {
      const rank = new Zipf(count).draw(() => point);
      expect(Number.isInteger(rank) && rank >= 0 && rank < count).toBe(true);
    }),
  );
});

test('the same seed draws the same ranks, another seed others', () => {
  const zipf = new Zipf(10_000);
  const draw = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 20 }, () => zipf.draw(random));
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test('some ranks are different ones, and all when more are asked for than there are', () => {
  const zipf = new Zipf(5);
  const random = seededRandom(3);
  expect(new Set(zipf.drawSome(3, random)).size).toBe(3);
  expect(zipf.drawSome(9, random).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
});
