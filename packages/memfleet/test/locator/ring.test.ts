/**
 * The search on a ring: the first point not less than the hash (or the last not greater), whatever the points and the
 * hash.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RingLocator, sortPoints } from '../../src/cluster/locator/ring.ts';

const top = 0xffff_ffff;
/** Anywhere, at the ends, and in crowds. */
const number = fc.oneof(
  fc.integer({ min: 0, max: top }),
  fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, top - 1, top),
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: top - 40, max: top }),
);
const nodes = fc.array(fc.array(number, { minLength: 1, maxLength: 60 }), { minLength: 2, maxLength: 5 });

/** A ring whose keys are their own hashes. */
function locate(pointsOf: readonly number[][], side: 'after' | 'before', hash: number): number {
  const locator = new RingLocator(pointsOf.length, () => sortPoints(pointsOf), { hash: Number, side });
  return locator.locate(String(hash));
}

/** Points in order, equal ones by node. */
function inOrder(pointsOf: readonly number[][]): { point: number; owner: number }[] {
  return pointsOf
    .flatMap((points, owner) => points.map((point) => ({ point, owner })))
    .sort((a, b) => a.point - b.point || a.owner - b.owner);
}

describe('a key on a ring belongs to', () => {
  test('the owner of the first point not less than its hash; past the last, of the first', () => {
    fc.assert(
      fc.property(nodes, number, (pointsOf, hash) => {
        const points = inOrder(pointsOf);
        const expected = points.find(({ point }) => point >= hash) ?? points[0];
        expect(locate(pointsOf, 'after', hash)).toBe(expected?.owner);
      }),
      { numRuns: 500 },
    );
  });

  test('the owner of the last point not greater than its hash; before the first, of the last', () => {
    fc.assert(
      fc.property(nodes, number, (pointsOf, hash) => {
        const points = inOrder(pointsOf);
        const expected = points.findLast(({ point }) => point <= hash) ?? points.at(-1);
        expect(locate(pointsOf, 'before', hash)).toBe(expected?.owner);
      }),
      { numRuns: 500 },
    );
  });

  test('the right one on a ring whose points are all in one place', () => {
    const crowd = Array.from({ length: 3 }, (_, owner) => Array.from({ length: 5000 }, (__, i) => 3 * i + owner));
    for (const hash of [0, 1, 2, 3, 7000, 14_998, 14_999]) expect(locate(crowd, 'after', hash)).toBe(hash % 3);
    expect(locate(crowd, 'after', 15_000)).toBe(0);
    expect(locate(crowd, 'before', top)).toBe(2);
  });
});

test('a ring of one node gives it every key, and makes no points until `ring` is read', () => {
  let made = 0;
  const make = (): ReturnType<typeof sortPoints> => {
    made++;
    return sortPoints([[7, 9]]);
  };
  const retry = { attempts: 3, hash: (_key: string, _attempt: number, previous: number) => previous + 1 };
  const locator = new RingLocator(1, make, { hash: Number, side: 'before', retry });
  expect([locator.locate('3'), locator.locateNext('3', () => false), locator.locateNext('3', () => true)]).toEqual([
    0, 0, -1,
  ]);
  expect(made).toBe(0);
  expect(Array.from(locator.ring.points)).toEqual([7, 9]);
});
