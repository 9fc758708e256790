import { describe, expect, test } from 'vitest';
import { locatorProfile } from '../../src/cluster/locator/profiles.ts';
import { createLocator } from '../../src/cluster/locator/registry.ts';
import { hashTag, routingPart } from '../../src/cluster/locator/routing.ts';
import { InvalidOptionError } from '../../src/core/errors.ts';
import { nodesOf, owners } from './support/fleet.ts';

const fleet = nodesOf(['10.0.0.1:11211', '10.0.0.2:11211', '10.0.0.3:11211', '10.0.0.4:11211']);
const keys = Array.from({ length: 300 }, (_, i) => `key:${i}`);

describe('the hash tag', () => {
  test.each([
    ['{user:1}:name', 'user:1'],
    ['cart:{user:1}', 'user:1'],
    ['user:1', 'user:1'],
    ['{user:1', '{user:1'],
    ['}user:1{', '}user:1{'],
    ['{}user:1', '{}user:1'],
    ['{}{user:1}', '{}{user:1}'],
    ['a}{user:1}', 'user:1'],
    ['{a}{b}', 'a'],
    ['{{a}}', '{a'],
  ])('{} of %j is %j, by the rule of twemproxy', (key, part) => {
    expect(hashTag('{}')(key)).toBe(part);
  });

  test('both marks may be the same', () => {
    expect(hashTag('$$')('a$b$c')).toBe('b');
    expect(hashTag('$$')('a$b')).toBe('a$b');
  });

  test.each(['{', '{}}', ''])('%j is not two marks', (marks) => {
    expect(() => hashTag(marks)).toThrow(InvalidOptionError);
  });

  test('keys with one tag share a node', () => {
    const locator = createLocator('ketama', fleet, { hashTag: '{}' });
    for (const key of keys) expect(locator.locate(`{${key}}:a`)).toBe(locator.locate(`b:{${key}}`));
  });
});

describe('the prefix', () => {
  test('is not hashed where a key has it', () => {
    const bare = createLocator('ketama', fleet);
    const prefixed = createLocator('ketama', fleet, { prefix: 'app:' });
    expect(
      owners(
        prefixed,
        keys.map((key) => `app:${key}`),
      ),
    ).toBe(owners(bare, keys));
    expect(owners(prefixed, keys)).toBe(owners(bare, keys));
  });

  test('is taken off before the tag is looked for', () => {
    expect(routingPart({ prefix: '{app}', hashTag: '{}' })?.('{app}x{y}')).toBe('y');
    expect(routingPart({ prefix: '', hashTag: '' })).toBeUndefined();
  });
});

describe('sort', () => {
  const shuffled = [fleet[2]!, fleet[0]!, fleet[3]!, fleet[1]!];

  test.each(['modulo', 'gomemcache', 'memjs', 'jump'])('%s: the order of the list stops to matter', (name) => {
    const ids = (nodes: typeof fleet): string[] => {
      const locator = createLocator(name, nodes, { sort: true });
      return keys.map((key) => nodes[locator.locate(key)]!.id);
    };
    expect(ids(shuffled)).toEqual(ids(fleet));
    const unsorted = createLocator(name, shuffled);
    expect(keys.map((key) => shuffled[unsorted.locate(key)]!.id)).not.toEqual(ids(fleet));
  });

  test('stand-ins are named by the list as given, too', () => {
    const locator = createLocator('modulo', shuffled, { sort: true });
    for (const key of keys) expect(locator.locateNext(key, (index) => index !== 2)).toBe(2);
  });
});

describe('the id of a node', () => {
  const moved = fleet.map((node, i) => ({ ...node, host: `192.168.7.${i}`, port: 12_345 }));

  test.each(['ketama', 'dalli', 'pymemcache', 'couchbase-ketama', 'twemproxy-ketama-md5', 'rendezvous'])(
    '%s: keys stay when the address of a node changes and its id does not',
    (name) => {
      expect(owners(createLocator(name, moved), keys)).toBe(owners(createLocator(name, fleet), keys));
    },
  );

  test('a label is hashed as it is', () => {
    const labelled = fleet.map((node, i) => ({ ...node, id: `10.0.0.${i + 1}` }));
    expect(owners(createLocator('twemproxy-ketama-md5', labelled), keys)).toBe(
      owners(createLocator('ketama', fleet), keys),
    );
  });
});

describe('bad input', () => {
  test.each([0, -1, 1.5, Number.NaN])('weight %d', (weight) => {
    expect(() => createLocator('ketama', [{ ...fleet[0]!, weight }])).toThrow(/weight of node 10\.0\.0\.1:11211/);
  });

  test('an unknown scheme: the message has the nearest three', () => {
    expect(() => locatorProfile('twemproxy-ketama-sha1')).toThrow(
      /are "twemproxy-ketama-\w+", "twemproxy-ketama-\w+", "twemproxy-ketama-\w+" \(/,
    );
    expect(() => locatorProfile('dali')).toThrow(/are "dalli"/);
  });
});
