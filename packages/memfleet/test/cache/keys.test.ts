/** The keys of users become the keys of the client: readable where they can be, and never one for two. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkName, type KeyFunction, KeyMaker } from '../../src/cache/keys.ts';
import { isStamp, versionStamp } from '../../src/cache/version-stamp.ts';
import { InvalidArgumentError, InvalidKeyError, InvalidOptionError } from '../../src/core/errors.ts';
import { isPlainKey } from '../../src/protocol/key.ts';

const stamp = 'AZ3kq0-_aZ09AAAA';
const hashed = /^:1:#[\w-]{43}$/;

describe('the key of an item', () => {
  test('is that of Django: prefix, version and key', () => {
    expect(new KeyMaker().item('user:7')).toBe(':1:user:7');
    expect(new KeyMaker({ prefix: 'shop', version: 3 }).item('user:7')).toBe('shop:3:user:7');
  });

  test('is as the key function makes it', () => {
    const keyFunction: KeyFunction = (key, prefix, version) => `${version}/${prefix}/${key}`;
    expect(new KeyMaker({ prefix: 'shop', keyFunction }).item('a')).toBe('1/shop/a');
  });

  test('keeps letters beyond ASCII, as Django does', () => {
    expect(new KeyMaker().item('größe')).toBe(':1:größe');
  });

  test('of the empty key is prefix and version', () => {
    expect(new KeyMaker().item('')).toBe(':1:');
  });

  test.each([
    ['is too long', 'x'.repeat(248)],
    ['is too long in UTF-8', 'ö'.repeat(124)],
    ['has a blank', 'a b'],
    ['has a control byte', 'a\u0001b'],
    ['has a line feed', 'a\r\nflush_all'],
    ['looks like a lock', 'a~l'],
    ['looks like a chunk', `a~${stamp}~0`],
    ['looks like the version of a namespace', '~n:shop'],
    ['looks like the version of a tag', '~t:red'],
    ['looks like a key of a namespace', `shop@${stamp}:a`],
    ['looks like a hash', `#${'A'.repeat(43)}`],
  ])('is hashed when the key %s', (_, key) => {
    expect(new KeyMaker().item(key)).toMatch(hashed);
  });

  test('is not hashed when the key has the special characters elsewhere', () => {
    for (const key of ['a~b', '#1', 'mail@example.org', '~', 'a~ls'])
      expect(new KeyMaker().item(key)).toBe(`:1:${key}`);
  });

  test('leaves room for the prefix of the client', () => {
    expect(new KeyMaker({ room: 100 }).item('x'.repeat(97))).toBe(`:1:${'x'.repeat(97)}`);
    expect(new KeyMaker({ room: 100 }).item('x'.repeat(98))).toMatch(hashed);
  });

  test('is refused when it is no text, or has half of a surrogate pair', () => {
    for (const key of [7, undefined, null, new Uint8Array(1)])
      expect(() => new KeyMaker().item(key as never)).toThrow(InvalidKeyError);
    expect(() => new KeyMaker().item('a\ud800')).toThrow(InvalidKeyError);
  });
});

describe('the keys beside an item', () => {
  const keys = new KeyMaker();

  test('are the key with an end', () => {
    expect(keys.lock(':1:a')).toBe(':1:a~l');
    expect(keys.chunk(':1:a', stamp, 12)).toBe(`:1:a~${stamp}~12`);
  });

  test('are hashed when the end does not fit', () => {
    const long = keys.item('x'.repeat(247));
    expect(long).toHaveLength(250);
    const beside = [keys.lock(long), keys.chunk(long, stamp, 0), keys.chunk(long, stamp, 1)];
    for (const key of beside) expect(key).toMatch(hashed);
    expect(new Set([...beside, long]).size).toBe(4);
  });
});

describe('a namespace', () => {
  test('has its name and version in its keys', () => {
    const shop = new KeyMaker({ prefix: 'p' }).within('shop', stamp);
    expect(shop.item('a')).toBe(`p:1:shop@${stamp}:a`);
    expect(shop.within('deep', stamp).item('a')).toBe(`p:1:shop@${stamp}:deep@${stamp}:a`);
  });

  test('has its version outside of itself', () => {
    const keys = new KeyMaker({ prefix: 'p' });
    expect(keys.namespaceVersion('shop')).toBe('p:1:~n:shop');
    expect(keys.within('shop', stamp).namespaceVersion('deep')).toBe(`p:1:shop@${stamp}:~n:deep`);
  });

  test('shares its tags with the whole cache', () => {
    expect(new KeyMaker().within('shop', stamp).tagVersion('red')).toBe(':1:~t:red');
  });

  test('keeps its scope with another version of the values', () => {
    expect(new KeyMaker().within('shop', stamp).withVersion(2).item('a')).toBe(`:2:shop@${stamp}:a`);
  });
});

test('names of namespaces and tags have no character that ends them', () => {
  expect(checkName('tag', 'rot & grün')).toBe('rot & grün');
  for (const name of ['', 'a:b', 'a@b', 'a~b', 'a\nb', 'ä'.repeat(33), 'a\ud800', 7, undefined])
    expect(() => checkName('tag', name)).toThrow(InvalidArgumentError);
});

test('a prefix or a key function that makes keys no node takes is refused at once', () => {
  expect(() => new KeyMaker({ prefix: 'my shop' })).toThrow(InvalidOptionError);
  expect(() => new KeyMaker({ prefix: 'x'.repeat(210) })).toThrow(InvalidOptionError);
  expect(() => new KeyMaker({ keyFunction: (key) => `${key}~l` })).toThrow(InvalidOptionError);
  expect(() => new KeyMaker({ keyFunction: () => 7 as never })).toThrow(InvalidKeyError);
});

/** Keys that are made to collide: parts of the keys of the cache itself, in any order. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom('~', '#', '@', ':', '~l', '~n:', '~t:', `@${stamp}:`, `~${stamp}~0`, 'i', '\n', ' ', 'shop', 'a'),
      fc.constant('x'.repeat(240)),
      fc.string({ unit: 'grapheme', maxLength: 3 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** Every key that a cache makes for a user's key, by what it is. */
function allKeys(key: string): Map<string, string> {
  const keys = new KeyMaker();
  const shop = keys.within('shop', stamp);
  const made = new Map<string, string>();
  for (const [name, maker] of [
    ['root', keys],
    ['shop', shop],
    ['deep', shop.within('shop', stamp)],
  ] as const) {
    const item = maker.item(key);
    made.set(`${name} ${key}`, item);
    made.set(`${name} ${key} lock`, maker.lock(item));
    made.set(`${name} ${key} chunk`, maker.chunk(item, stamp, 0));
    made.set(`${name} version`, maker.namespaceVersion('shop'));
  }
  made.set('tag', keys.tagVersion('shop'));
  return made;
}

test('two keys never become one, whatever they look like, and every key is one that all protocols carry', () => {
  const utf8 = (key: string): string => Buffer.from(key).toString('latin1');
  fc.assert(
    fc.property(fc.array(nasty, { minLength: 2, maxLength: 4 }), (users) => {
      const made = new Map(users.flatMap((key) => [...allKeys(key)]));
      expect(new Set(made.values()).size).toBe(made.size);
      for (const key of made.values()) expect(isPlainKey(utf8(key))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('keys of different kinds that are hashed do not share a hash', () => {
  const keys = new KeyMaker();
  const shop = keys.within('shop', stamp);
  const deep = 'n'.repeat(64);
  const inner = shop.within(deep, stamp).within(deep, stamp).within(deep, stamp);
  const made = [
    keys.item(`shop@${stamp}:a~l`),
    shop.item('a~l'),
    inner.item(`~n:${deep}`),
    inner.namespaceVersion(deep),
    keys.item(keys.lock(keys.item('x'.repeat(247)))),
  ];
  for (const key of made) expect(key).toMatch(/#[\w-]{43}$/);
  expect(new Set(made).size).toBe(made.length);
});

test('a key that looks like a hash never becomes the key of what it is the hash of', () => {
  const keys = new KeyMaker();
  fc.assert(
    fc.property(nasty, (key) => {
      const made = keys.item(key).slice(':1:'.length);
      expect(keys.item(made) === keys.item(key)).toBe(made === key);
    }),
    { numRuns: 200 },
  );
});

describe('a version', () => {
  test('is the time and random bytes in 16 characters', () => {
    const made = versionStamp(1_700_000_000_123, () => Buffer.of(1, 2, 3, 4, 5, 6));
    expect(Buffer.from(made, 'base64url').toString('hex')).toBe('018bcfe5687b010203040506');
    expect(isStamp(made)).toBe(true);
  });

  test('differs from every other, in one millisecond too', () => {
    const made = Array.from({ length: 1000 }, () => versionStamp(1));
    expect(new Set(made).size).toBe(1000);
  });
});
