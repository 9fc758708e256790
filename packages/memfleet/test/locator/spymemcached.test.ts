import { describe, expect, test } from 'vitest';
import { createLocator } from '../../src/cluster/locator/registry.ts';
import { nodesOf, owners } from './support/fleet.ts';

const local = (n: number): string[] => Array.from({ length: n }, (_, i) => `127.0.0.1:${10_000 + i}`);

describe('spymemcached-ketama', () => {
  test('the look-ups of its own tests, four nodes', () => {
    const locator = createLocator('spymemcached-ketama', nodesOf(local(4)));
    const keys = ['dustin', 'noelani', 'some other key', 'V5XS8C8N', '8KR2DKR2', 'L9KH6X4X'];
    expect(owners(locator, keys)).toBe('0 2 0 3 3 3');
  });

  test('the look-ups of its own tests, five nodes', () => {
    const locator = createLocator('spymemcached-ketama', nodesOf(local(5)));
    const keys = ['dustin', 'noelani', 'some other key', '36', '10037', '22051', '49044'];
    expect(owners(locator, keys)).toBe('0 2 4 2 3 1 4');
  });

  test('a sample of the 3241 keys of its test, eight nodes', () => {
    const eight = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `10.0.1.${i}:11211`);
    const locator = createLocator('spymemcached-ketama', nodesOf(eight));
    const keys = '137470 137703 137936 138169 138402 138635 138868 139101 139334 141664 162867 212030'.split(' ');
    expect(owners(locator, keys)).toBe('1 2 0 5 7 6 1 3 6 4 5 7');
  });

  // The look-up itself, then six more hashes of the try and the key.
  test.each([
    ['dustin', [0, 2, 1, 2, 3, 2, 0]],
    ['noelani', [2, 1, 1, 3, 2, 2, 3]],
  ])('tries for %s when nodes are out, as its own tests have them', (key, sequence) => {
    const locator = createLocator('spymemcached-ketama', nodesOf(local(4)));
    const tries = [locator.locate(key)];
    locator.locateNext(key, (index) => tries.push(index) > 0);
    expect(tries.slice(0, 7)).toEqual(sequence);
  });

  test('a named host is hashed as Java prints it: name/ip:port, given as the id', () => {
    const nodes = [
      { id: 'one.example/10.0.0.1:11211', host: '10.0.0.1', port: 11211, weight: 1 },
      { id: 'two.example/10.0.0.2:11211', host: '10.0.0.2', port: 11211, weight: 1 },
    ];
    const bare = createLocator('spymemcached-ketama', nodesOf(['10.0.0.1:11211', '10.0.0.2:11211']));
    const named = createLocator('spymemcached-ketama', nodes);
    const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
    expect(owners(named, keys)).not.toBe(owners(bare, keys));
  });
});

describe('spymemcached-ketama-libmemcached', () => {
  test('the look-ups of its own tests with weights and the name format of libmemcached', () => {
    const nodes = nodesOf(['localhost:11211', 'localhost:11212'], [8, 8]);
    const locator = createLocator('spymemcached-ketama-libmemcached', nodes);
    expect(owners(locator, ['key1', 'key2', 'key3', 'key4'])).toBe('1 0 1 1');
  });
});
