import { describe, expect, test } from 'vitest';
import { createLocator } from '../../src/cluster/locator/profiles.ts';
import { floatDigests } from '../../src/cluster/locator/weighted-ring.ts';
import { bytes, nodesOf, owners, vectorFleet, vectorKeys } from './support/fleet.ts';

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
