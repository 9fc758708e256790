import { describe, expect, test } from 'vitest';
import { lintLocator } from '../../src/cluster/locator/lint.ts';
import type { LocatorOptions } from '../../src/cluster/locator/locator.ts';
import { locatorProfile } from '../../src/cluster/locator/profiles.ts';
import { nodesOf, vectorFleet } from './support/fleet.ts';

function lint(
  profile: string,
  ids: readonly string[],
  weights: readonly number[] = [],
  options: LocatorOptions = {},
): string[] {
  return lintLocator(locatorProfile(profile), nodesOf(ids, weights), options).map((warning) => warning.code);
}

const plain = ['10.0.0.1:11211', '10.0.0.2:11211', '10.0.0.3:11211'];
const equal = (n: number): string[] => Array.from({ length: n }, (_, i) => `10.0.0.${i}:11211`);

describe('the lint of locators', () => {
  test('nothing to say about ketama on three plain nodes, nor about any scheme on one', () => {
    expect(lint('ketama', plain)).toEqual([]);
    expect(lint('twemproxy-ketama-crc32', ['a:11211'])).toEqual([]);
  });

  test.each<[string, string, readonly string[], readonly number[]]>([
    ['narrow-hash', 'twemproxy-ketama-crc32', plain, []],
    ['narrow-hash', 'libmemcached-ketama-crc', plain, [1, 1, 2]],
    ['weights-switch', 'libmemcached-ketama-one_at_a_time', plain, [1, 1, 2]],
    ['weights-ignored', 'modulo', plain, [1, 1, 2]],
    ['weights-ignored', 'memcached-proxy-ketama', plain, [1, 1, 2]],
    ['weight-vanishes', 'ketama', plain, [1, 1000, 1000]],
    ['name-order', 'twemproxy-modula-md5', vectorFleet, []],
    ['mixed-names', 'ketama', vectorFleet, []],
    ['duplicate-name', 'ketama', ['a:11211', 'b:11211', 'a:11211'], []],
    ['spy-names', 'libmemcached-ketama-spy', plain, []],
    ['spy-names', 'spymemcached-ketama', ['one.example:11211', 'two.example:11211'], []],
    ['rounding', 'ketama', equal(25), []],
    ['rounding', '3rd-eden', equal(7), []],
    ['default-port', 'ketama', vectorFleet, []],
    ['list-order', 'modulo', plain, []],
    ['non-ascii', 'modulo', plain, []],
    ['non-ascii', 'memjs', plain, []],
    ['not-sharded', 'round-robin', plain, []],
  ])('%s: %s on %j, weights %j', (code, profile, ids, weights) => {
    expect(lint(profile, ids, weights)).toContain(code);
  });

  test.each<[string, string, readonly string[], readonly number[], LocatorOptions]>([
    ['narrow-hash', 'libmemcached-ketama-crc', plain, [], {}],
    ['weights-switch', 'libmemcached-ketama-md5', plain, [], {}],
    ['weights-ignored', 'ketama', plain, [1, 1, 2], {}],
    ['name-order', 'twemproxy-modula-md5', plain, [], {}],
    ['spy-names', 'spymemcached-ketama', plain, [], {}],
    ['rounding', 'ketama', equal(26), [], {}],
    ['default-port', 'couchbase-ketama', vectorFleet, [], {}],
    ['list-order', 'modulo', plain, [], { sort: true }],
    ['prefix', 'pymemcache', plain, [], { prefix: 'app:' }],
  ])('no %s: %s on %j, weights %j, %j', (code, profile, ids, weights, options) => {
    expect(lint(profile, ids, weights, options)).not.toContain(code);
  });

  test('prefix: Dalli and npm memcached hash with the prefix', () => {
    expect(lint('dalli', plain, [], { prefix: 'app:' })).toContain('prefix');
    expect(lint('3rd-eden', plain, [], { prefix: 'app:' })).toContain('prefix');
  });

  test('warnings come before notes, and each says why', () => {
    const found = lintLocator(locatorProfile('twemproxy-modula-one_at_a_time'), nodesOf(vectorFleet));
    expect(found.map(({ level }) => level)).toEqual(['warning', 'note']);
    for (const { message } of found) expect(message.length).toBeGreaterThan(40);
  });
});
