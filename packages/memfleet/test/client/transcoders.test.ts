/** JS values ⇄ bytes and flags. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RawValue, transcoders } from '../../src/client/index.ts';
import { InvalidArgumentError, ProtocolError } from '../../src/core/errors.ts';
import { roundTrip, stored } from '../support/stored-values.ts';

const { auto, bytes, compressed, json, string } = transcoders;

/** Is every character one byte? */
function isByteString(data: string | Uint8Array): boolean {
  return typeof data !== 'string' || Buffer.from(data, 'latin1').toString('latin1') === data;
}

describe('auto', () => {
  test.each([
    ['text', 'naïve', 0, 'na\u00c3\u00afve'],
    ['a number', 12.5, 8, '12.5'],
    ['a bigint', -5n, 16, '-5'],
    ['bytes', Buffer.from([1, 255]), 4, Buffer.from([1, 255])],
    ['true', true, 2, 'true'],
    ['null', null, 2, 'null'],
    ['an object', { é: 1 }, 2, '{"\u00c3\u00a9":1}'],
  ] as const)('%s', (_, value, flags, data) => {
    expect(auto.encode(value)).toEqual({ flags, data });
    expect(roundTrip(auto, value)).toEqual(value);
  });

  test('any JSON, any text, any number, any bigint, any bytes come back as they were', () => {
    const text = fc.string({ unit: 'grapheme' });
    const value = fc.oneof(
      text,
      fc.double(),
      fc.bigInt(),
      fc.boolean(),
      fc.uint8Array().map((list) => Buffer.from(list)),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(value, (given) => {
        const encoded = auto.encode(given);
        expect(isByteString(encoded.data)).toBe(true);
        const expected =
          typeof given === 'object' && !Buffer.isBuffer(given) ? JSON.parse(JSON.stringify(given)) : given;
        expect(roundTrip(auto, given)).toEqual(expected);
      }),
    );
  });

  test.each([
    ['undefined', undefined],
    ['a function', () => {}],
    ['a symbol', Symbol('x')],
    ['a bigint inside of an object', { a: 1n }],
    ['an object whose JSON is nothing', { toJSON: () => undefined }],
  ])('%s is refused', (_, value) => {
    expect(() => auto.encode(value)).toThrow(InvalidArgumentError);
  });

  test.each([1, 3, 5, 17, 32, 0xffffffff])('flags %i are not ours: bytes and flags come as they are', (flags) => {
    const value = auto.decode(stored({ data: 'cos\nsystem\n(S"id"\ntR.', flags }));
    expect(value).toBeInstanceOf(RawValue);
    expect(value).toMatchObject({ flags, bytes: Buffer.from('cos\nsystem\n(S"id"\ntR.') });
  });

  test('data that is not what its flags say is a stranger’s: a RawValue, never a wrong value, nor an error', () => {
    const expectRaw = (data: string, flags: number): void => {
      const value = auto.decode(stored({ data, flags }));
      expect(value).toBeInstanceOf(RawValue);
      expect(value).toEqual(new RawValue(Buffer.from(data, 'latin1'), flags));
    };
    expectRaw('{"a":', 2);
    for (const data of ['abc', '', ' ', '0x10', '1,5', '1 2', '12x', 'true', '\u00ff'])
      for (const flags of [8, 16]) expectRaw(data, flags);
    for (const data of ['1.5', '1e3', 'NaN', '1'.repeat(100_001)]) expectRaw(data, 16);
  });

  test('a RawValue is stored as it was', () => {
    const raw = new RawValue(Buffer.from('text of python'), 16);
    expect(auto.encode(raw)).toEqual({ data: raw.bytes, flags: 16 });
    expect(roundTrip(auto, raw)).toEqual(raw);
  });

  test.each([Number.NaN, Infinity, -Infinity, -0, 5e-324, 1.5e300, 2 ** 53])('the number %d comes back', (value) => {
    expect(roundTrip(auto, value)).toBe(value);
  });

  test('a counter that memcached has padded is a number', () => {
    expect(auto.decode(stored({ data: '99 ', flags: 8 }))).toBe(99);
    expect(auto.decode(stored({ data: '99 ', flags: 16 }))).toBe(99n);
  });
});

test('bytes: as they are, whatever the flags; nothing else is taken', () => {
  expect(bytes.encode(Buffer.from([0, 255]))).toEqual({ data: Buffer.from([0, 255]), flags: 0 });
  expect(bytes.decode(stored({ data: 'x', flags: 77 }))).toEqual(Buffer.from('x'));
  expect(() => bytes.encode('text' as never)).toThrow(InvalidArgumentError);
});

test('string: UTF-8, whatever the flags; nothing else is taken', () => {
  expect(string.encode('é')).toEqual({ data: '\u00c3\u00a9', flags: 0 });
  expect(string.decode(stored({ data: '\u00c3\u00a9', flags: 77 }))).toBe('é');
  expect(() => string.encode(5 as never)).toThrow(InvalidArgumentError);
});

test('json: everything is JSON, texts and numbers too', () => {
  for (const value of ['text', 5, null, true, [1, { a: 'é' }]]) {
    expect(json.encode(value).flags).toBe(2);
    expect(roundTrip(json, value)).toEqual(value);
  }
  expect(() => json.encode(undefined)).toThrow(InvalidArgumentError);
  expect(() => json.encode(5n)).toThrow(InvalidArgumentError);
  expect(() => json.decode(stored({ data: 'no json', flags: 2 }))).toThrow(ProtocolError);
});

/** Has a value that nobody sees. */
class Secretive {
  readonly #value = 5;
  get value(): number {
    return this.#value;
  }
}

/** What JSON writes as `{}`, or as an object with numbers as keys. */
const lost: readonly (readonly [string, unknown])[] = [
  ['a Map', new Map([['a', 1]])],
  ['a Set', new Set([1])],
  ['an empty Map', new Map()],
  ['a WeakMap', new WeakMap()],
  ['a WeakSet', new WeakSet()],
  ['a typed array', new Float64Array([1.5])],
  ['an ArrayBuffer', new ArrayBuffer(8)],
  ['a SharedArrayBuffer', new SharedArrayBuffer(8)],
  ['a DataView', new DataView(new ArrayBuffer(8))],
  ['a regular expression', /x/],
  ['an error', new Error('lost')],
  ['an error with properties', Object.assign(new Error('lost'), { status: 500 })],
  ['a promise', Promise.resolve('forgotten await')],
  ['a generator', (function* none() {})()],
  ['an iterator', new Set([1]).values()],
  ['a symbol object', Object(Symbol('x'))],
  ['an instance whose fields are private', new Secretive()],
  ['search parameters', new URLSearchParams('a=1')],
];

describe.each([
  ['auto', auto],
  ['json', json],
  ['couchbase', transcoders.couchbase],
  ['compressed auto', compressed(auto)],
  ['compressed json', compressed(json)],
] as const)('%s: what JSON loses', (_name, transcoder) => {
  test.each(lost)('%s is refused', (_, value) => {
    expect(() => transcoder.encode(value)).toThrow(InvalidArgumentError);
  });

  test.each(lost.filter(([what]) => what !== 'an error with properties'))(
    '%s is refused inside of an object too',
    (_, value) => {
      expect(() => transcoder.encode({ list: [{ value }] })).toThrow(InvalidArgumentError);
    },
  );

  test('what is there already, says itself what its JSON is, or is empty, is taken', () => {
    const encode = (value: unknown): string => String(transcoder.encode(value).data);
    expect(encode({ a: {}, b: [], c: '{}', d: { '0': 1 } })).toBe('{"a":{},"b":[],"c":"{}","d":{"0":1}}');
    expect(encode([new Date(0)])).toBe('["1970-01-01T00:00:00.000Z"]');
    expect(encode([{}, Object.assign(new Map(), { toJSON: () => 'a map' })])).toBe('[{},"a map"]');
    expect(encode([{}, Object.create(null)])).toBe('[{},{}]');
    expect(encode([{}, Buffer.from('x')])).toBe('[{},{"type":"Buffer","data":[120]}]');
  });

  test.each([
    ['NaN', Number.NaN],
    ['Infinity', -Infinity],
    ['a function in a list', [() => {}]],
    ['a symbol in a list', [Symbol('x')]],
  ])('%s within a value, which JSON makes null, is refused', (_, value) => {
    expect(() => transcoder.encode({ list: [1, { value }], none: null })).toThrow(InvalidArgumentError);
    expect(() => transcoder.encode({ list: [1, { value }] })).toThrow(/JSON writes .* as null/);
  });

  test('null, lists with undefined, instances with fields and empty lists of a class are taken', () => {
    class Point {
      readonly x = 1;
    }
    const encode = (value: unknown): string => String(transcoder.encode(value).data);
    expect(encode([null, undefined, { a: null }])).toBe('[null,null,{"a":null}]');
    expect(encode([{}, new Point(), Object.setPrototypeOf([], Object.create(Array.prototype) as object)])).toBe(
      '[{},{"x":1},[]]',
    );
    expect(encode([{}, new Number(1), new String(''), new Boolean(false)])).toBe('[{},1,"",false]');
  });

  test('the error says what it is and what to do', () => {
    expect(() => transcoder.encode(new Map())).toThrow(/or use transcoders\.v8$/);
    expect(() => transcoder.encode({ a: new Secretive() })).toThrow(/no own fields.*toJSON/);
    expect(() => transcoder.encode(Promise.resolve(1))).toThrow(/type Promise cannot be stored.*await it/);
    expect(() => transcoder.encode([new Map()])).toThrow(/type Map cannot be stored/);
  });

  test('a value whose own code throws is refused', () => {
    const getter = {
      get a(): never {
        throw new Error('own');
      },
    };
    for (const value of [getter, { toJSON: getter }, new Proxy({}, { ownKeys: () => getter.a })])
      expect(() => [transcoder.encode(value), (value as { toJSON?: { a: unknown } }).toJSON?.a]).toThrow();
    expect(() => transcoder.encode(getter)).toThrow(InvalidArgumentError);
  });
});

describe('v8', () => {
  const { v8 } = transcoders;
  const circular: Record<string, unknown> = { a: 1 };
  circular['self'] = circular;

  test.each<[string, unknown]>([
    ['a Map', new Map([['a', new Set([1])]])],
    ['a Date', new Date(5)],
    ['a regular expression', /x/gi],
    ['NaN in a list', [Number.NaN, -0, undefined, 5n]],
    ['typed arrays', { floats: new Float64Array([1.5, 2]), bytes: new Uint8Array([1, 255]) }],
    ['an error', new RangeError('lost')],
    ['a cycle', circular],
    ['null', null],
    ['a text', 'naïve'],
    ['a number', 12.5],
    ['a bigint', 5n],
    ['true', true],
  ])('%s comes back as it was', (_, value) => {
    expect(roundTrip(v8, value)).toEqual(value);
    expect(roundTrip(compressed(v8, { threshold: 1 }), value)).toEqual(value);
  });

  test('texts, numbers, bytes and JSON are read and written as by auto', () => {
    for (const value of ['text', 5, 5n, Buffer.from('x'), true, null]) {
      expect(v8.encode(value)).toEqual(auto.encode(value));
      expect(roundTrip(v8, value)).toEqual(value);
    }
    expect(v8.encode({ a: 1 }).flags).toBe(32);
    expect(v8.decode(stored(auto.encode({ a: 1 })))).toEqual({ a: 1 });
    expect(auto.decode(stored(v8.encode({ a: 1 })))).toBeInstanceOf(RawValue);
  });

  test.each<[string, unknown]>([
    ['a promise', Promise.resolve(1)],
    ['a function', () => {}],
    ['a function within', { f() {} }],
    ['a WeakMap', new WeakMap()],
    ['an instance whose fields are private', new Secretive()],
    ['undefined', undefined],
  ])('%s is refused', (_, value) => {
    expect(() => v8.encode(value)).toThrow(InvalidArgumentError);
  });

  test('bytes that are no clone are an error', () => {
    for (const data of ['', 'x', '\u00ff\u000fo']) {
      expect(() => v8.decode(stored({ data, flags: 32 }))).toThrow(ProtocolError);
    }
  });
});

test.each([Number.NaN, Infinity, -Infinity])('JSON has no %d: json and couchbase refuse it', (value) => {
  for (const transcoder of [json, transcoders.couchbase, compressed(json)])
    expect(() => transcoder.encode(value)).toThrow(InvalidArgumentError);
});

test('typed arrays and buffers are no bytes for `bytes`, nor texts for `string`', () => {
  for (const [, value] of lost) {
    expect(() => bytes.encode(value as never)).toThrow(InvalidArgumentError);
    expect(() => string.encode(value as never)).toThrow(InvalidArgumentError);
  }
});
