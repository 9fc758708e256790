import { describe, expect, test } from 'vitest';
import { createLocator } from '../../src/cluster/locator/registry.ts';
import type { RingLocator } from '../../src/cluster/locator/ring.ts';
import { floatDigests } from '../../src/cluster/locator/weighted-ring.ts';
import { bytes, md5Of, nodesOf, owners, vectorFleet, vectorKeys } from './support/fleet.ts';

describe('ketama: the weighted ketama of libmemcached', () => {
  test('equal weights: the owners that libmemcached 1.1.4 gives', () => {
    expect(owners(createLocator('ketama', nodesOf(vectorFleet)), vectorKeys)).toBe('3 1 3 0 2 2 3 3 0 0 2 0');
  });

  test('weights 3, 1, 2, 1: the owners that libmemcached 1.1.4 gives', () => {
    expect(owners(createLocator('ketama', nodesOf(vectorFleet, [3, 1, 2, 1])), vectorKeys)).toBe(
      '1 0 1 0 2 2 0 2 0 0 2 0',
    );
  });

  test('three nodes on the default port', () => {
    const keys = [
      'a',
      'foo',
      'hello',
      'key',
      'key1',
      'key_0000000000',
      'user:1',
      'user:2',
      'session:abc',
      'airline_10',
      'test',
      bytes('héllo'),
    ];
    const locator = createLocator('ketama', nodesOf(['10.0.0.1:11211', '10.0.0.2:11211', '10.0.0.3:11211']));
    expect(owners(locator, keys)).toBe('1 1 1 0 0 0 1 2 2 0 0 0');
  });

  test('weights 3 : 1', () => {
    const locator = createLocator('ketama', nodesOf(['10.0.0.1:11211', '10.0.0.2:11211'], [3, 1]));
    expect(owners(locator, ['a', 'foo', 'hello', 'key', 'key1', 'user:1', 'user:2', 'test'])).toBe('1 0 1 0 0 1 1 0');
  });

  test.each([25, 47, 50, 55, 61, 71, 94, 100, 107, 109, 110, 115, 122, 142])(
    '%i equal nodes get 39 digests each, by 32-bit floats',
    (n) => {
      expect(floatDigests(1, n, n)).toBe(39);
    },
  );

  test.each([1, 2, 3, 4, 7, 14, 24, 26, 28, 56, 99, 101])('%i equal nodes get 40 digests each', (n) => {
    expect(floatDigests(1, n, n)).toBe(40);
  });
});

const three = ['10.0.0.1:11211', '10.0.0.2:11211', '10.0.0.3:11211'];

function ring(profile: string, addresses: readonly string[], weights: readonly number[] = []): RingLocator['ring'] {
  return (createLocator(profile, nodesOf(addresses, weights)) as RingLocator).ring;
}

describe('the ring of ketama', () => {
  test('three equal nodes on the default port', () => {
    const { points, owners } = ring('ketama', three);
    expect([...points.subarray(0, 5)]).toEqual([4635516, 11062586, 18272749, 22843144, 36885389]);
    expect([...owners.subarray(0, 5)]).toEqual([2, 2, 1, 2, 1]);
    const seen = md5Of((write) => points.forEach((point, i) => write(`${point} ${three[owners[i]!]}\n`)));
    expect([points.length, seen]).toEqual([480, '41f416637e8ed50f07f2bc548ba44a9a']);
  });

  test('weights 3 : 1 give 240 and 80 points', () => {
    const { points, owners } = ring('ketama', three.slice(0, 2), [3, 1]);
    expect([...points.subarray(0, 3)]).toEqual([18272749, 35642231, 76715492]);
    expect([...owners.subarray(0, 3)]).toEqual([1, 0, 0]);
    expect([0, 1].map((node) => owners.filter((owner) => owner === node).length)).toEqual([240, 80]);
  });

  test("libmemcached's own eight weighted servers: 1264 points, and a key past the last one wraps to the first", () => {
    const { points, owners } = ring('ketama', eight, eightWeights);
    expect(points.length).toBe(1264);
    expect(points.at(-1)).toBeLessThan(0xfffcd1b5);
    expect(createLocator('ketama', nodesOf(eight, eightWeights)).locate('VDEAAAAA')).toBe(owners[0]);
  });

  test('not weighted, by md5: 100 points per node', () => {
    const { points, owners } = ring('libmemcached-ketama-md5', three);
    expect([points.length, points[0], points[1], points[2], points.at(-1)]).toEqual([
      300, 11062586, 18272749, 42872800, 4291359636,
    ]);
    expect([owners[0], owners[1], owners[2], owners.at(-1)]).toEqual([2, 1, 2, 1]);
    const keys = ['a', 'foo', 'hello', 'key', 'key1', 'user:1', 'user:2', 'test'];
    const locator = createLocator('libmemcached-ketama-md5', nodesOf(three));
    expect(keys.map((key) => locator.locate(key)).join(' ')).toBe('1 1 0 0 0 1 2 1');
  });
});

const eight = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `10.0.1.${i}:11211`);
const eightWeights = [600, 300, 200, 350, 1000, 800, 950, 100];

describe("a sample of the 99 keys of libmemcached's own tests, eight weighted servers", () => {
  const keys = [
    'SVa_]_V41)',
    '/XLN0@+36;',
    'cDT0)Z5P6,',
    '*Xc+V0P>32',
    '.=54)_c;=T',
    'XY\\X::LX50',
    'aPb3E1WD4K',
  ].concat(['bV2,`a.PY9', 'NP:=FR\\OaA', '?K2NF@3=IU', '\\R^7=9UCG`', '\\[a\\^=V_M0', 'FL;\\GWacaV']);

  test.each([
    ['ketama', '6 0 4 6 0 5 0 0 6 0 4 5 3'],
    ['libmemcached-ketama-weighted', '6 0 4 6 0 5 0 0 6 0 4 5 3'],
    ['libmemcached-ketama-spy', '1 6 0 6 5 6 1 6 6 5 5 6 6'],
  ])('%s', (profile, expected) => {
    expect(owners(createLocator(profile, nodesOf(eight, eightWeights)), keys)).toBe(expected);
  });
});

describe('modulo: the default of libmemcached', () => {
  test('the owners that libmemcached 1.1.4 gives', () => {
    expect(owners(createLocator('modulo', nodesOf(vectorFleet)), vectorKeys)).toBe('2 1 3 2 1 2 3 1 0 0 3 1');
  });

  test('weights do not count', () => {
    expect(owners(createLocator('modulo', nodesOf(vectorFleet, [3, 1, 2, 1])), vectorKeys)).toBe(
      '2 1 3 2 1 2 3 1 0 0 3 1',
    );
  });
});
