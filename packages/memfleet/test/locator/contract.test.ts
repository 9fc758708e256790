import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { locatorProfile, locatorProfiles } from '../../src/cluster/locator/profiles.ts';
import { createLocator } from '../../src/cluster/locator/registry.ts';
import { nodesOf } from './support/fleet.ts';

const fleet = (n: number): string[] => Array.from({ length: n }, (_, i) => `10.1.${i >> 8}.${i & 255}:11211`);
const keys = Array.from({ length: 500 }, (_, i) => `key:${i * 7919}`);

describe.each(locatorProfiles.map((profile) => profile.name))('every locator: %s', (name) => {
  test('an empty list has no place for any key', () => {
    const locator = createLocator(name, []);
    expect(locator.size).toBe(0);
    expect(locator.locate('k')).toBe(-1);
    expect(locator.locateNext('k', () => false)).toBe(-1);
  });

  test('a single node gets every key', () => {
    const locator = createLocator(name, nodesOf(['10.0.0.1:11211']));
    expect(locator.locate('k')).toBe(0);
    expect(locator.locate('')).toBe(0);
    expect(locator.locateNext('k', () => false)).toBe(0);
    expect(locator.locateNext('k', () => true)).toBe(-1);
  });

  test('the result is an index of the list, and any bytes are a key', () => {
    const locator = createLocator(name, nodesOf(fleet(5)));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 250 }), (key) => {
        const index = locator.locate(Buffer.from(key).toString('latin1'));
        return Number.isInteger(index) && index >= 0 && index < 5;
      }),
    );
  });

  test('the stand-in is never a skipped node, and there is none when all are skipped', () => {
    const locator = createLocator(name, nodesOf(fleet(5), [1, 2, 1, 3, 1]));
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.subarray([0, 1, 2, 3, 4]), (text, out) => {
        const key = Buffer.from(text).toString('latin1');
        const index = locator.locateNext(key, (node) => out.includes(node));
        return out.length === 5 ? index === -1 : index >= 0 && index < 5 && !out.includes(index);
      }),
    );
  });

  // A hash of 15 bits on a ring of 32 bits has one owner for all keys, and so one stand-in.
  const isNarrow = locatorProfile(name).traits.narrow === 'always';
  test(`the keys of a node that is out ${isNarrow ? 'all have one stand-in' : 'are spread over several others'}`, () => {
    const locator = createLocator(name, nodesOf(fleet(6)));
    const standIns = new Set(keys.map((key) => locator.locateNext(key, (node) => node === 2)));
    if (isNarrow) expect(standIns.size).toBe(1);
    else expect(standIns.size).toBeGreaterThan(2);
  });
});

describe('every locator but round-robin', () => {
  test.each(locatorProfiles.map((profile) => profile.name).filter((name) => !/round-robin|random/.test(name)))(
    '%s gives the same node again, and from another list with the same nodes',
    (name) => {
      const a = createLocator(name, nodesOf(fleet(7)));
      const b = createLocator(name, nodesOf(fleet(7)));
      for (const key of keys) {
        expect(b.locate(key)).toBe(a.locate(key));
        expect(b.locateNext(key, (node) => node < 3)).toBe(a.locateNext(key, (node) => node < 3));
      }
    },
  );
});
