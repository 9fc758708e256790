/**
 * Items of the cache, whatever their flags and bytes: a value, a mark, or undecodable. The reader never throws, and
 * what it reads is the same when it is written and read again.
 *
 * An input is four bytes of flags and the bytes of an item. It is read as it is, and with the checksum that its bytes
 * ought to have: mutations would not pass it.
 */
import { checksum } from '../../../packages/memfleet/dist/cache/checksum.js';
import { compressing } from '../../../packages/memfleet/dist/cache/compression.js';
import { EntryTranscoder } from '../../../packages/memfleet/dist/cache/entry-transcoder.js';
import {
  Envelope,
  entryFlags,
  Failed,
  Manifest,
  Stub,
  Undecodable,
  VersionItem,
} from '../../../packages/memfleet/dist/cache/entry.js';
import { InvalidArgumentError, UndecodableError } from '../../../packages/memfleet/dist/core/errors.js';
import { type StoredValue, type Transcoder, transcoders } from '../../../packages/memfleet/dist/index.js';
import { holds, holdsSame, outcome, type Target } from '../target.ts';

const bound = { above: 10, algorithm: 'gzip', maxLength: 1024 * 1024 } as const;
const coders = [transcoders.auto, compressing(transcoders.auto, bound), transcoders.bytes as Transcoder<unknown>].map(
  (transcoder) => new EntryTranscoder({ transcoder, emptyIsStub: true }),
);

const stamp = 'AZ3kq0-_aZ09AAAA';
const head = { tags: [{ name: 'red', stamp }], times: { created: 1.7e12, loadMs: 250 }, softExpiry: 1.8e12 };

function itemOf(bytes: Buffer, flags: number): StoredValue {
  return {
    flags,
    length: bytes.length,
    bytes: () => bytes,
    utf8: () => bytes.toString(),
    text: () => bytes.toString('latin1'),
  };
}

function sealed(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length >= 4) copy.writeUInt32LE(checksum(copy.subarray(4)), 0);
  return copy;
}

/** What an item is, for the search; and what must hold. */
function read(coder: EntryTranscoder, bytes: Buffer, flags: number): string {
  const found = coder.decode(itemOf(bytes, flags));
  if (found instanceof Undecodable) {
    const { cause } = found;
    return `undecodable ${cause instanceof UndecodableError ? cause.message.slice(0, 25) : typeof cause}`;
  }
  const isMark = found instanceof Envelope || found instanceof Manifest || found instanceof Failed;
  if (!isMark) return typeof found;
  // JSON makes Infinity of 1e999, and does not write it.
  const written = outcome(() => coder.encode(found), InvalidArgumentError);
  if ('error' in written) return `${found.constructor.name} that cannot be written`;
  const { data, flags: own } = written.value;
  const again = coder.decode(itemOf(Buffer.from(data as string, 'latin1'), own));
  holdsSame(again, found, 'written and read again it is something else');
  return `${found.constructor.name} ${found instanceof Failed ? '' : Object.keys(found.head).join()}`;
}

function run(input: string): string {
  const bytes = Buffer.from(input, 'latin1');
  const flags = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  const item = bytes.subarray(Math.min(4, bytes.length));
  const isSealed = item.length >= 4 && item.readUInt32LE(0) === checksum(item.subarray(4));
  const kinds = coders.map((coder) => {
    const asItIs = read(coder, item, flags);
    const isOurs = flags === entryFlags.envelope || flags === entryFlags.manifest;
    holds(!isOurs || isSealed || asItIs.startsWith('undecodable'), 'an entry with a wrong checksum was read');
    return `${asItIs} ${isOurs ? read(coder, sealed(item), flags) : ''}`;
  });
  return kinds.join('; ');
}

const seeds = [
  'text',
  new Envelope('text', {}),
  new Envelope({ a: [1] }, head),
  new Envelope('', { tags: head.tags }),
  new Manifest({ id: stamp, count: 3, length: 2000, crc: 5, flags: 2, head }),
  new Failed(1.7e12, 'TypeError', 'ERR_X'),
  new Stub('owner'),
  new VersionItem(stamp),
  'long '.repeat(50),
].map((value, at) => {
  const { data, flags } = (coders[at === 8 ? 1 : 0] as EntryTranscoder).encode(value);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(flags);
  return bytes.toString('latin1') + Buffer.from(data as string, 'latin1').toString('latin1');
});

const words = [
  ...Object.values(entryFlags).map((flags) => String.fromCharCode(0x6d, 0x66, (flags >>> 8) & 255, 0)),
  '\x01\x01',
  '\x01\x07',
  '\x02\x02',
  '\xff',
  '\x1f\x8b\x08\0',
  '\xce\xb2\xcf\x81',
  stamp,
  'red',
  '{"at":',
];

export const cacheTargets: readonly Target[] = [{ name: 'cache-entries', seeds, words, run }];
