import { describe, expect, test } from 'vitest';
import { RandomLocator } from '../../src/cluster/locator/random.ts';
import { createLocator } from '../../src/cluster/locator/registry.ts';
import { nodesOf } from './support/fleet.ts';

const four = ['10.0.0.1:11211', '10.0.0.2:11211', '10.0.0.3:11211', '10.0.0.4:11211'];
const keys = Array.from({ length: 4000 }, (_, i) => `key:${i}`);
const out = (node: number) => (index: number) => index === node;

describe('round-robin', () => {
  test('takes the nodes in turn, whatever the key', () => {
    const locator = createLocator('round-robin', nodesOf(four));
    expect(Array.from({ length: 9 }, () => locator.locate('same'))).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0]);
  });

  test('a weight gives as many turns, spread out', () => {
    const locator = createLocator('round-robin', nodesOf(four, [1, 3, 1, 2]));
    expect(Array.from({ length: 7 }, () => locator.locate('same'))).toEqual([0, 1, 2, 3, 1, 3, 1]);
  });

  test('the turns of a node that is out go to the others evenly, and the rotation stays', () => {
    const locator = createLocator('round-robin', nodesOf(four));
    const turns = Array.from({ length: 24 }, () => {
      const index = locator.locate('same');
      return index === 1 ? locator.locateNext('same', out(1)) : index;
    });
    expect(turns.filter((_, i) => i % 4 !== 1)).toEqual(Array.from({ length: 18 }, (_, i) => [0, 2, 3][i % 3]));
    expect([0, 2, 3].map((node) => turns.filter((turn) => turn === node).length)).toEqual([8, 8, 8]);
  });
});

describe('random', () => {
  test('follows its random numbers', () => {
    const numbers = [0, 0.99, 0.5, 0.3];
    const locator = new RandomLocator(4, () => numbers.shift()!);
    expect(Array.from({ length: 4 }, () => locator.locate('same'))).toEqual([0, 3, 2, 1]);
  });
});

describe('the keys of a node that is out', () => {
  test('ketama: go where a ring without that node has them', () => {
    const whole = createLocator('ketama', nodesOf(four));
    const rest = createLocator('ketama', nodesOf(four.toSpliced(1, 1)));
    for (const key of keys) {
      const index = whole.locate(key) === 1 ? whole.locateNext(key, out(1)) : whole.locate(key);
      expect([0, 2, 3][rest.locate(key)]).toBe(index);
    }
  });

  test.each(['modulo', 'gomemcache', 'jump', 'rendezvous', 'pymemcache', 'twemproxy-modula-md5', 'python-memcached'])(
    '%s: are shared by the others, none with less than half an even share',
    (name) => {
      const locator = createLocator(name, nodesOf(four));
      const orphans = keys.filter((key) => locator.locate(key) === 1);
      const shares = [0, 2, 3].map(
        (node) => orphans.filter((key) => locator.locateNext(key, out(1)) === node).length / orphans.length,
      );
      expect(Math.min(...shares)).toBeGreaterThan(1 / 6);
    },
  );

  test.each(['memjs', 'spymemcached-array-mod'])('%s: go to the next node of the list, as in the original', (name) => {
    const locator = createLocator(name, nodesOf(four));
    for (const key of keys.slice(0, 200)) {
      const first = locator.locate(key);
      expect(locator.locateNext(key, out(first))).toBe((first + 1) % 4);
    }
  });
});
