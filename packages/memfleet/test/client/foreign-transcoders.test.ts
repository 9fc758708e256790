/** Transcoders that share values with other clients: known vectors, and what must hold for any flags and bytes. */
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RawValue, type Transcoder, transcoders } from '../../src/client/index.ts';
import { InvalidArgumentError, InvalidOptionError, UndecodableError } from '../../src/core/errors.ts';
import { behindLength, decode, hex } from '../support/foreign-bytes.ts';
import { roundTrip, stored } from '../support/stored-values.ts';

const { deflateSync, gzipSync } = zlib;
const { auto, dalli, memcacheClient, memjs, php, python, spymemcached } = transcoders;

const foreign = { dalli, memcacheClient, memjs, php, python, spymemcached };
const withJson = {
  'dalli, JSON': dalli.with({ json: true }),
  'memjs, JSON': memjs.with({ json: true }),
  'python, JSON': python.with({ json: true }),
  'spymemcached, JSON': spymemcached.with({ json: true }),
};
const all: readonly (readonly [string, Transcoder<unknown>])[] = Object.entries({ ...foreign, ...withJson });

type Vector = readonly [what: string, transcoder: Transcoder<unknown>, value: unknown, flags: number, data: string];

/** Both ways. The bytes as a byte string. */
const vectors: readonly Vector[] = [
  ['text of Python', python, 'é', 16, '\u00c3\u00a9'],
  ['an int of Python', python, -42, 2, '-42'],
  ['an int of Python beyond 64 bits', python, 2n ** 70n, 2, '1180591620717411303424'],
  ['bytes of Python', python, Buffer.from([0, 255]), 0, '\0\u00ff'],
  ['a str of Python with JSON', withJson['python, JSON'], { a: [1.5, null] }, 16, '{"a":[1.5,null]}'],
  ['a str of Python with a text in JSON', withJson['python, JSON'], '5', 16, '"5"'],
  ['an int of Python beside JSON', withJson['python, JSON'], 5, 2, '5'],
  ['a string of PHP', php, 'é', 0, '\u00c3\u00a9'],
  ['a string of PHP that is not UTF-8', php, Buffer.from([255]), 0, '\u00ff'],
  ['an int of PHP', php, 42, 1, '42'],
  ['the largest int of PHP', php, 2n ** 63n - 1n, 1, '9223372036854775807'],
  ['a float of PHP', php, 1.5, 2, '1.5'],
  ['minus zero of PHP', php, -0, 2, '-0'],
  ['an infinite float of PHP', php, -Infinity, 2, '-Infinity'],
  ['true of PHP', php, true, 3, '1'],
  ['false of PHP', php, false, 3, ''],
  ['null of PHP', php, null, 6, 'null'],
  ['an array of PHP', php, [1, 'two'], 6, '[1,"two"]'],
  ['text of Dalli', dalli, 'é', 4, '\u00c3\u00a9'],
  ['bytes of Dalli', dalli, Buffer.from([255]), 0, '\u00ff'],
  ['a hash of Dalli with JSON', withJson['dalli, JSON'], { a: 1 }, 1, '{"a":1}'],
  ['text of Dalli with JSON', withJson['dalli, JSON'], 'x', 4, 'x'],
  ['a String of Java', spymemcached, 'é', 0, '\u00c3\u00a9'],
  ['true of Java', spymemcached, true, 256, '1'],
  ['false of Java', spymemcached, false, 256, '0'],
  ['the Integer 0 of Java', spymemcached, 0, 512, ''],
  ['the Integer 300 of Java', spymemcached, 300, 512, '\u0001\u002c'],
  ['the Integer -1 of Java', spymemcached, -1, 512, '\u00ff\u00ff\u00ff\u00ff'],
  ['the Long 5 of Java', spymemcached, 5n, 768, '\u0005'],
  ['the Long -5 of Java', spymemcached, -5n, 768, '\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00fb'],
  ['a Date of Java', spymemcached, new Date(1), 1024, '\u0001'],
  ['a Double of Java', spymemcached, 1.5, 1792, '\u003f\u00f8\0\0\0\0\0\0'],
  ['a byte[] of Java', spymemcached, Buffer.from([1, 2]), 2048, '\u0001\u0002'],
  ['a String of Java with JSON', withJson['spymemcached, JSON'], ['x'], 0, '["x"]'],
  ['text of memcache-client', memcacheClient, 'é', 0, '\u00c3\u00a9'],
  ['JSON of memcache-client', memcacheClient, { a: true }, 2, '{"a":true}'],
  ['a number of memcache-client', memcacheClient, 1.5, 4, '1.5'],
  ['bytes of memcache-client', memcacheClient, Buffer.from('x'), 8, 'x'],
  ['text of memjs', memjs, 'é', 0, '\u00c3\u00a9'],
  ['bytes of memjs', memjs, Buffer.from([255]), 0, '\u00ff'],
  ['JSON of memjs', withJson['memjs, JSON'], { a: 'x' }, 0, '{"a":"x"}'],
];

test.each(vectors)('%s', (_, transcoder, value, flags, data) => {
  const encoded = transcoder.encode(value);
  expect({ flags: encoded.flags, data: Buffer.from(stored(encoded).bytes()).toString('latin1') }).toEqual({
    flags,
    data,
  });
  expect(decode(transcoder, flags, Buffer.from(data, 'latin1'))).toEqual(value);
});

/** What is only read. */
test.each<readonly [string, Transcoder<unknown>, unknown, number, string | Uint8Array]>([
  ['an int of pylibmc', python, 42, 4, '42'],
  ['an int that decr has padded', python, 99, 2, '99 '],
  ['minus 0 of Python, which has no such int', python, 0, 2, '-0'],
  ['an int of Python with 16 digits', python, 2 ** 53 - 1, 4, '9007199254740991'],
  ['text that pylibmc has compressed', python, 'x'.repeat(500), 24, deflateSync('x'.repeat(500))],
  ['bytes that pylibmc has compressed', python, Buffer.from('x'), 8, deflateSync('x')],
  ['an int of PHP that is safe', php, 2 ** 53 - 1, 1, '9007199254740991'],
  ['a float of PHP without a digit in front', php, 0.5, 2, '.5'],
  ['a string of PHP with flags of the application', php, 'x', 0xffff_0000, 'x'],
  ['an int of PHP with flags of the application', php, 42, 0x0003_0001, '42'],
  ['a string of PHP in zlib', php, 'xyz', 0x30, behindLength(3, deflateSync('xyz'))],
  ['a string of PHP in FastLZ', php, 'abc', 0x50, behindLength(3, hex('02 616263'))],
  ['JSON of PHP in FastLZ', php, [1], 0x56, behindLength(3, hex('02 5b315d'))],
  ['bytes of Dalli that are text', dalli, 'x', 0, 'x'],
  ['text that Dalli has compressed', dalli, 'x', 6, deflateSync('x')],
  ['bytes that Dalli has compressed with gzip', dalli, 'x', 2, gzipSync('x')],
  ['a Byte of Java', spymemcached, -3, 1280, '\u00fd'],
  ['a Float of Java', spymemcached, 1.5, 1536, hex('3fc00000')],
  ['a String of Java in gzip', spymemcached, 'x', 2, gzipSync('x')],
  ['a Date of Java before 1970', spymemcached, new Date(-1), 1024, hex('ffffffffffffffff')],
  ['JSON that memcache-client has compressed with gzip', memcacheClient, { a: 1 }, 3, gzipSync('{"a":1}')],
  ['text of Python that is no JSON', withJson['python, JSON'], 'hello', 16, 'hello'],
])('%s is read', (_, transcoder, value, flags, data) => {
  expect(decode(transcoder, flags, data)).toEqual(value);
});

const pickle = hex('80 04 4b 05 2e');

test.each<readonly [string, Transcoder<unknown>, number, string | Uint8Array]>([
  ['a pickle', python, 1, pickle],
  ['a pickle in zlib', python, 9, deflateSync(pickle)],
  ['text of Python that is not UTF-8', python, 16, '\u00ff'],
  ['an int of Python that is none', python, 2, '0x10'],
  ['an int of Python of more digits than Python reads', python, 2, '1'.repeat(4301)],
  ['two types of Python at once', python, 18, '5'],
  ['text of Python whose compression is none', python, 24, 'x'],
  ['what PHP has serialized', php, 4, 'O:8:"stdClass":0:{}'],
  ['igbinary', php, 5, '\0\0\0\u0002'],
  ['MessagePack', php, 7, '\u0080'],
  ['a type that PHP does not have', php, 8, 'x'],
  ['an int of PHP beyond 64 bits', php, 1, '9223372036854775808'],
  ['a boolean of PHP that is none', php, 3, 'yes'],
  ['JSON of PHP that is none', php, 6, '{"a":'],
  ['JSON of PHP that is not UTF-8', php, 6, '"\u00ff"'],
  ['compressed by PHP with nothing known', php, 0x10, 'x'],
  ['what Ruby has marshalled', dalli, 1, '\u0004\u0008i\u002f'],
  ['what Ruby has marshalled, where JSON is expected', withJson['dalli, JSON'], 1, '\u0004\u0008i\u002f'],
  ['UTF-8 of Dalli before 5.0.4, whose flag is that of compression', dalli, 2, 'text'],
  ['what Java has serialized', spymemcached, 1, hex('aced0005')],
  ['an Integer of five bytes', spymemcached, 512, '\u0001\0\0\0\0'],
  ['a Boolean of two bytes', spymemcached, 256, '11'],
  ['a Date beyond those of JavaScript', spymemcached, 1024, hex('7fffffffffffffff')],
  ['a type that Java does not have', spymemcached, 0x900, 'x'],
  ['a number of memcache-client that is none', memcacheClient, 4, 'null'],
  ['an unknown compression of memcache-client', memcacheClient, 1, 'x'],
  ['any flags for memjs', memjs, 4, 'x'],
])('%s is a RawValue, as it is stored', (_, transcoder, flags, data) => {
  const bytes = Buffer.from(data as string, 'latin1');
  expect(decode(transcoder, flags, bytes)).toEqual(new RawValue(bytes, flags));
});

const nothing = [undefined, () => {}, Symbol('x'), new Map(), Promise.resolve(1)];

test.each<readonly [string, Transcoder<unknown>, readonly unknown[], RegExp]>([
  ['python', python, [1.5, -0, Number.NaN, 2 ** 53, true, null, {}, []], /text, integers and bytes.*json: true/],
  ['python, JSON', withJson['python, JSON'], [Number.NaN, { a: 1n }], /JSON/],
  ['php', php, [2n ** 63n, { a: 1n }, [Number.NaN]], /JSON/],
  ['dalli', dalli, [5, 5n, true, null, {}], /text and bytes.*transcoders\.dalli\.with/],
  ['spymemcached', spymemcached, [2n ** 63n, null, {}, new Date(Number.NaN)], /text, numbers/],
  ['memcacheClient', memcacheClient, [5n, { a: 1n }], /JSON/],
  ['memjs', memjs, [5, 5n, true, null, {}], /text and bytes/],
])('%s refuses what the other client has no type for, and says what to do', (_, transcoder, values, message) => {
  for (const value of [...values, ...nothing]) expect(() => transcoder.encode(value)).toThrow(InvalidArgumentError);
  expect(() => transcoder.encode(values[0])).toThrow(message);
});

test('Python reads 4300 digits at most, so no more are written', () => {
  expect(python.encode(10n ** 4299n).data).toHaveLength(4300);
  expect(() => python.encode(10n ** 4300n)).toThrow(/4300 digits/);
});

describe('options', () => {
  test('keep what was said before, and leave the transcoder as it is', () => {
    const small = python.with({ maxLength: 10 });
    const both = small.with({ json: true });
    const long = deflateSync('"123456789"');
    expect(decode(python, 24, long)).toBe('"123456789"');
    expect(() => decode(both, 24, long)).toThrow(UndecodableError);
    expect(decode(both, 16, '"1"')).toBe('1');
    expect(decode(small, 16, '"1"')).toBe('"1"');
  });

  test('that are unknown or wrong are refused; clients with a type for JSON have no option for it', () => {
    const options = (transcoder: { with(options: object): unknown }, given: object) => (): unknown =>
      transcoder.with(given);
    for (const given of [undefined, null, 'json', { max: 5 }])
      expect(options(python, given as object)).toThrow(InvalidOptionError);
    expect(options(python, { maxLength: 0 })).toThrow(InvalidOptionError);
    expect(options(python, { json: 'yes' })).toThrow(InvalidOptionError);
    expect(options(php, { json: true })).toThrow(InvalidOptionError);
    expect(options(memcacheClient, { json: true })).toThrow(InvalidOptionError);
  });
});

/** Values that a transcoder writes and gives back as they were. */
const text = fc.string({ unit: 'grapheme' });
const bytes = fc.uint8Array().map((list) => Buffer.from(list));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const isText = (value: Buffer): boolean => Buffer.from(String(value)).equals(value);
const noText = bytes.filter((value) => !isText(value));
const unsafe = (value: bigint): boolean => !Number.isSafeInteger(Number(value));
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

test.each<readonly [string, Transcoder<unknown>, fc.Arbitrary<unknown>]>([
  ['python', python, fc.oneof(text, bytes, fc.maxSafeInteger(), fc.bigInt().filter(unsafe))],
  ['python, JSON', withJson['python, JSON'], fc.oneof(bytes, json, fc.bigInt().filter(unsafe))],
  ['php', php, fc.oneof(text, noText, fc.double(), fc.boolean(), json, int64.filter(unsafe))],
  ['dalli', dalli, fc.oneof(text, noText)],
  ['dalli, JSON', withJson['dalli, JSON'], fc.oneof(text, noText, json)],
  [
    'spymemcached',
    spymemcached,
    fc.oneof(text, bytes, fc.double(), fc.integer(), int64, fc.boolean(), fc.date({ noInvalidDate: true })),
  ],
  ['spymemcached, JSON', withJson['spymemcached, JSON'], fc.oneof(bytes, json, fc.double(), int64)],
  ['memcacheClient', memcacheClient, fc.oneof(text, bytes, fc.double(), json)],
  ['memjs', memjs, fc.oneof(text, noText)],
  ['memjs, JSON', withJson['memjs, JSON'], fc.oneof(noText, json)],
])('%s: what it writes comes back as it was', (_, transcoder, values) => {
  fc.assert(
    fc.property(values, (value) => {
      expect(roundTrip(transcoder, value)).toEqual(value);
    }),
  );
});

/** Flags whose bits other clients give a meaning, and any others. */
const someFlags = fc.oneof(
  fc.nat(255),
  fc.nat(0xffff),
  fc.nat(0xf).map((kind) => kind << 8),
  fc.nat(0xffff_ffff),
);
const someBytes = fc.oneof(
  bytes,
  text.map((value) => Buffer.from(value)),
  fc.integer().map((value) => Buffer.from(String(value))),
  json.map((value) => Buffer.from(JSON.stringify(value))),
  bytes.map((value) => deflateSync(value)),
  bytes.map((value) => gzipSync(value)),
  bytes.map((value) => behindLength(value.length, deflateSync(value))),
);

describe.each([...all, ['auto', auto], ['v8', transcoders.v8]] as const)('%s', (_, transcoder) => {
  test('any flags with any bytes are a value that can be written again, a RawValue or an UndecodableError', () => {
    const prototypes = [Object.prototype, Array.prototype].map((each) => Object.getOwnPropertyNames(each));
    fc.assert(
      fc.property(someFlags, someBytes, (flags, data) => {
        let value: unknown;
        try {
          value = decode(transcoder, flags, data);
        } catch (error) {
          expect(error).toBeInstanceOf(UndecodableError);
          return;
        }
        if (value instanceof RawValue) expect(value).toEqual(new RawValue(data, flags));
        expect(roundTrip(transcoder, value)).toEqual(value);
      }),
      { numRuns: 500 },
    );
    expect([Object.prototype, Array.prototype].map((each) => Object.getOwnPropertyNames(each))).toEqual(prototypes);
  });

  test('a RawValue is stored as it was', () => {
    const raw = new RawValue(Buffer.from('pickled'), 1);
    expect(transcoder.encode(raw)).toEqual({ data: raw.bytes, flags: 1 });
  });
});

describe('an entry of the cache, whose flags are 0x6d66kk00', () => {
  const kinds = [0, 0x10, 0x11, 0x14, 0xff];

  test.each([
    ...all,
    ['auto', auto],
    ['v8', transcoders.v8],
    ['json', transcoders.json],
    ['couchbase', transcoders.couchbase],
    ['compressed auto', transcoders.compressed(auto)],
    ['compressed json', transcoders.compressed(transcoders.json)],
  ] as const)('is a RawValue for %s', (_, transcoder) => {
    for (const kind of kinds) {
      const flags = 0x6d66_0000 + kind * 256;
      expect(decode(transcoder, flags, '1')).toEqual(new RawValue(Buffer.from('1'), flags));
    }
  });

  test('is an error for string, whose values are texts, and its bytes for bytes', () => {
    for (const kind of kinds) {
      const value = stored({ data: '1', flags: 0x6d66_0000 + kind * 256 });
      expect(() => transcoders.string.decode(value)).toThrow(UndecodableError);
      expect(transcoders.bytes.decode(value)).toEqual(Buffer.from('1'));
    }
  });
});
