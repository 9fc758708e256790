/** Values and marks come back as they were; other bytes are a miss, and never a value that nobody stored. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checksum } from '../../src/cache/checksum.ts';
import { EncodedEntry, EntryTranscoder } from '../../src/cache/entry-transcoder.ts';
import {
  Chunk,
  type EntryHead,
  Envelope,
  entryFlags,
  Failed,
  Manifest,
  Nothing,
  Stub,
  Undecodable,
  VersionItem,
} from '../../src/cache/entry.ts';
import { type Encoded, RawValue, type Transcoder } from '../../src/client/transcoder.ts';
import { auto, bytes, string, v8 } from '../../src/client/transcoders.ts';
import { InvalidArgumentError } from '../../src/core/errors.ts';
import { stored } from '../support/stored-values.ts';

const stamp = 'AZ3kq0-_aZ09AAAA';
const entries = new EntryTranscoder({ transcoder: auto, emptyIsStub: true });
const shared = new EntryTranscoder({ transcoder: auto, emptyIsStub: false, isShared: true });

const again = (value: unknown, coder: EntryTranscoder = entries): unknown => coder.decode(stored(coder.encode(value)));
const bytesOf = ({ data }: Encoded): Buffer => Buffer.from(data as string, 'latin1');

const head: fc.Arbitrary<EntryHead> = fc.record(
  {
    tags: fc.array(
      fc.record({
        name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
        stamp: fc.uint8Array({ minLength: 12, maxLength: 12 }).map((part) => Buffer.from(part).toString('base64url')),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    times: fc.record({ created: fc.nat(2 ** 48 - 1), loadMs: fc.nat(2 ** 32 - 1) }),
    softExpiry: fc.nat(2 ** 48 - 1),
  },
  { requiredKeys: [] },
);

const plain = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.double({ noNaN: true }),
  fc.bigInt(),
  fc.jsonValue().filter((value) => value !== ''),
);
const flags = fc.nat(0xffff_ffff);

describe('a plain value', () => {
  test('is stored as the transcoder gives it, so that other clients read it', () => {
    for (const value of ['text', 7, { a: [1] }, Buffer.from('bytes')])
      expect({ ...entries.encode(value) }).toEqual(auto.encode(value));
  });

  test('comes back as it was', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(again(value)).toEqual(auto.decode(stored(auto.encode(value))));
      }),
    );
  });

  test('that is empty is an envelope, since an empty item is the stub of a lease', () => {
    expect(entries.encode('').flags).toBe(entryFlags.envelope);
    expect(again('')).toEqual(new Envelope('', {}));
    expect(entries.decode(stored({ data: '', flags: 0 }))).toEqual(new Stub());
  });

  test('that is empty stays empty where leases stand beside the items', () => {
    expect({ ...shared.encode('') }).toEqual({ data: '', flags: 0 });
    expect(again('', shared)).toBe('');
  });

  test('whose flags are those of a mark is an envelope', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(entryFlags)), fc.string(), (own, text) => {
        const odd: Transcoder<unknown> = {
          encode: (value) => ({ data: String(value), flags: own }),
          decode: (value) => value.text(),
        };
        const coder = new EntryTranscoder({ transcoder: odd, emptyIsStub: true });
        const ascii = text.replaceAll(/[^\x20-\x7e]/g, '');
        expect(again(ascii, coder)).toEqual(new Envelope(ascii, {}));
      }),
    );
  });

  test('that the transcoder cannot decode is undecodable, and its error is kept', () => {
    const found = new EntryTranscoder({ transcoder: v8, emptyIsStub: true }).decode(stored({ data: 'no', flags: 32 }));
    expect(found).toMatchObject({ flags: 32, cause: { message: expect.stringContaining('structured clone') } });
  });

  test('that has no bytes is refused', () => {
    expect(() => entries.encode(() => 1)).toThrow(InvalidArgumentError);
  });
});

describe('a RawValue', () => {
  const raw = new RawValue(Buffer.from('x'), 0x0300_0002);

  test('of another client is undecodable', () => {
    expect(entries.decode(stored({ data: 'x', flags: 0x0300_0002 }))).toBeInstanceOf(Undecodable);
  });

  test('that this cache stored comes back', () => {
    expect(again(raw)).toEqual(new Envelope(raw, {}));
  });

  test('is stored as it is where other clients read the entries', () => {
    expect({ ...shared.encode(raw) }).toEqual({ data: raw.bytes, flags: raw.flags });
  });
});

describe('a mark', () => {
  test('has flags whose low byte is 0, which no other client takes for a number or an object', () => {
    for (const own of Object.values(entryFlags)) expect([own >>> 16, own & 0xff]).toEqual([0x6d66, 0]);
  });

  const failed = new Failed(1_700_000_000_123, 'TypeError', 'ERR_X');
  test.each([
    [new Stub(), ''],
    [new Stub('owner'), 'owner'],
    [failed, '{"at":1700000000123,"name":"TypeError","code":"ERR_X"}'],
    [new Nothing(), ''],
    [new Chunk(Buffer.from('part')), 'part'],
    [new VersionItem(stamp), stamp],
  ])('%o has these bytes and comes back', (mark, text) => {
    expect(bytesOf(entries.encode(mark)).toString()).toBe(text);
    expect(again(mark)).toEqual(mark);
  });

  test('of a failure has no word of its message', () => {
    const error = Object.assign(new TypeError('password=1'), { code: 'ERR_X' });
    expect(Failed.of(error, 1_700_000_000_123)).toEqual(failed);
    expect(Failed.of('password=1', 5)).toEqual(new Failed(5, 'Error'));
  });

  test.each<[string, number, string]>([
    ['a failure that is no JSON', entryFlags.failed, '{'],
    ['a failure that is null', entryFlags.failed, 'null'],
    ['a failure without a time', entryFlags.failed, '{"name":"a"}'],
    ['a failure at no time', entryFlags.failed, '{"at":1e999,"name":"a"}'],
    ['nothing with bytes', entryFlags.nothing, 'x'],
    ['a version that is too short', entryFlags.version, 'x'],
    ['a version that is too long', entryFlags.version, `${stamp}x`],
    ['a mark of a later version of the library', 0x6d66_7000, 'x'],
    ['a mark with a low byte', entryFlags.nothing | 1, ''],
  ])('that is %s is undecodable', (_, own, data) => {
    expect(entries.decode(stored({ data, flags: own }))).toBeInstanceOf(Undecodable);
  });
});

describe('an envelope', () => {
  test('has these bytes', () => {
    const value = new Envelope('hi', {
      tags: [{ name: 'red', stamp }],
      times: { created: 1_700_000_000_123, loadMs: 250 },
      softExpiry: 1_700_000_060_123,
    });
    const { data, flags: own } = entries.encode(value);
    expect(own).toBe(entryFlags.envelope);
    const hex = Buffer.from(data as Uint8Array).toString('hex');
    const parts = ['01', '07', '00000000', '7b68e5cf8b01', 'fa000000', 'db52e6cf8b01'];
    const tag = ['01', '03', '726564', Buffer.from(stamp, 'base64url').toString('hex')];
    expect(hex.slice(8)).toBe([...parts, ...tag, '6869'].join(''));
  });

  test('comes back with its head', () => {
    fc.assert(
      fc.property(plain, head, (value, said) => {
        const found = again(new Envelope(value, said));
        expect(found).toEqual(new Envelope(auto.decode(stored(auto.encode(value))), said));
      }),
    );
  });

  test('is encoded once when its bytes are needed before', () => {
    const encoded = entries.entryOf(entries.encodeValue('hi'), { softExpiry: 5 });
    expect(encoded).toBeInstanceOf(EncodedEntry);
    expect(entries.encode(encoded)).toBe(encoded);
    expect(entries.decode(stored(encoded))).toEqual(new Envelope('hi', { softExpiry: 5 }));
  });

  test('keeps times within what its fields hold', () => {
    const found = again(new Envelope(1, { times: { created: -5, loadMs: 1e12 }, softExpiry: 1.4 }));
    expect(found).toEqual(new Envelope(1, { times: { created: 0, loadMs: 0xffff_ffff }, softExpiry: 1 }));
  });
});

test('a manifest comes back as it was', () => {
  const manifest = fc.record({
    id: fc.constant(stamp),
    count: fc.nat(0xffff),
    length: flags,
    crc: flags,
    flags,
    head,
  });
  fc.assert(
    fc.property(manifest, (of) => {
      expect(again(new Manifest(of))).toEqual(new Manifest(of));
    }),
  );
});

describe('bytes that were not stored', () => {
  const sealed = fc
    .tuple(plain, head)
    .map(([value, said]) => entries.encode(new Envelope(value, said)))
    .map(({ data, flags: own }) => ({ whole: Buffer.from(data as Uint8Array), own }));

  test('are undecodable when one bit of an envelope differs', () => {
    fc.assert(
      fc.property(sealed, fc.nat(), ({ whole, own }, seed) => {
        const at = seed % (whole.length * 8);
        const other = Buffer.from(whole);
        other[at >> 3] = (other[at >> 3] as number) ^ (1 << (at & 7));
        expect(entries.decode(stored({ data: other, flags: own }))).toBeInstanceOf(Undecodable);
      }),
      { numRuns: 500 },
    );
  });

  test('are undecodable when an envelope is cut, or something is appended', () => {
    fc.assert(
      fc.property(sealed, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 4 }), ({ whole, own }, seed, more) => {
        const cut = whole.subarray(0, seed % whole.length);
        for (const data of [cut, Buffer.concat([whole, more]), Buffer.concat([more, whole])])
          expect(entries.decode(stored({ data, flags: own }))).toBeInstanceOf(Undecodable);
      }),
      { numRuns: 300 },
    );
  });

  test('are undecodable when the tags of an envelope are none, however right its checksum is', () => {
    const { data, flags: own } = entries.encode(new Envelope('', { tags: [{ name: 'red', stamp }] }));
    for (const [at, byte] of [
      [10, 0],
      [10, 2],
      [11, 0],
      [11, 65],
      [12, 0xff],
    ] as const) {
      const other = Buffer.from(data as Uint8Array);
      other[at] = byte;
      other.writeUInt32LE(checksum(other.subarray(4)), 0);
      expect(entries.decode(stored({ data: other, flags: own }))).toBeInstanceOf(Undecodable);
    }
  });

  test('are undecodable when an envelope stands for a manifest, or the reverse', () => {
    const envelope = entries.encode(new Envelope('x'.repeat(22), {}));
    const manifest = entries.encode(new Manifest({ id: stamp, count: 1, length: 1, crc: 1, flags: 0, head: {} }));
    expect(entries.decode(stored({ ...envelope, flags: entryFlags.manifest }))).toBeInstanceOf(Undecodable);
    expect(entries.decode(stored({ ...manifest, flags: entryFlags.envelope }))).toBeInstanceOf(Undecodable);
  });

  test.each([
    ['auto', auto],
    ['bytes', bytes],
    ['string', string],
    ['v8', v8],
  ] as readonly (readonly [string, Transcoder<unknown>])[])(
    'never make decode throw, whatever they are, over the transcoder %s',
    (_, transcoder) => {
      const coder = new EntryTranscoder({ transcoder, emptyIsStub: true });
      const anyFlags = fc.oneof(fc.constantFrom(...Object.values(entryFlags), 0, 1, 2, 4, 8, 16, 32), flags);
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 80 }), anyFlags, (data, own) => {
          coder.decode(stored({ data, flags: own }));
        }),
        { numRuns: 500 },
      );
    },
  );
});
