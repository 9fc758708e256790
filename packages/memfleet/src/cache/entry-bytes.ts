/**
 * Envelopes and manifests ⇄ bytes, little-endian:
 *
 *   u32 CRC-32 of what follows │ u8 layout │ u8 bits │ u32 flags of the value │ times │ soft expiry │ tags │ payload
 *
 *   times (bit 1)        u48 Unix ms, u32 ms of the load
 *   tags (bit 2)         u8 n, n × (u8 length, name, 12 bytes version)
 *   soft expiry (bit 4)  u48 Unix ms
 *   payload              layout 1: the value; layout 2: id 12 bytes, u16 chunks, u32 length, u32 CRC-32 of the value
 *
 * The checksum stands before everything: what others appended to an entry, or cut, is no entry any more.
 */
import { asBuffer, latin1Write } from '../base/bytes.ts';
import { UndecodableError } from '../core/errors.ts';
import { checksum } from './checksum.ts';
import { type EntryHead, Manifest, type TagStamp } from './entry.ts';
import { maxNameLength } from './keys.ts';
import { bytesOfStamp, stampBytes, stampOfBytes } from './version-stamp.ts';

/** What an envelope holds. */
export interface Opened {
  readonly flags: number;
  readonly head: EntryHead;
  readonly payload: Buffer;
}

const layouts = { envelope: 1, manifest: 2 } as const;
type Layout = (typeof layouts)[keyof typeof layouts];

const bits = { times: 1, tags: 2, softExpiry: 4, known: 7 } as const;
/** Behind the checksum. */
export const headStart = 4;
/** Checksum, layout, bits, flags. */
const fixedLength = 10;
const manifestLength = stampBytes + 10;
const mostU48 = 2 ** 48 - 1;
const mostU32 = 0xffff_ffff;
/** The most tags of an entry. */
export const maxTags = 255;

const within = (value: number, most: number): number => Math.min(most, Math.max(0, Math.round(value)));

/** The bytes of a value with a head. `data`: bytes or a byte string. */
export function sealEnvelope(data: string | Uint8Array, flags: number, head: EntryHead): Buffer {
  return seal(layouts.envelope, data, flags, head);
}

/** Throws UndecodableError for what is no envelope. */
export function openEnvelope(bytes: Uint8Array): Opened {
  return open(layouts.envelope, bytes);
}

/** The bytes of a manifest. */
export function sealManifest({ id, count, length, crc, flags, head }: Manifest): Buffer {
  const payload = Buffer.alloc(manifestLength);
  payload.set(bytesOfStamp(id));
  payload.writeUInt16LE(count, stampBytes);
  payload.writeUInt32LE(length, stampBytes + 2);
  payload.writeUInt32LE(crc, stampBytes + 6);
  return seal(layouts.manifest, payload, flags, head);
}

/** Throws UndecodableError for what is no manifest. */
export function openManifest(bytes: Uint8Array): Manifest {
  const { payload, flags, head } = open(layouts.manifest, bytes);
  if (payload.length !== manifestLength) throw new UndecodableError('a manifest of another length');
  return new Manifest({
    id: stampOfBytes(payload, 0),
    count: payload.readUInt16LE(stampBytes),
    length: payload.readUInt32LE(stampBytes + 2),
    crc: payload.readUInt32LE(stampBytes + 6),
    flags,
    head,
  });
}

/** The bytes that the head of an entry takes, with all that stands before the payload. */
function lengthOf({ times, softExpiry, tags = [] }: EntryHead): number {
  const tagsLength = tags.reduce((sum, { name }) => sum + 1 + Buffer.byteLength(name) + stampBytes, 1);
  return (
    fixedLength +
    (times === undefined ? 0 : 10) +
    (softExpiry === undefined ? 0 : 6) +
    (tags.length === 0 ? 0 : tagsLength)
  );
}

function seal(layout: Layout, data: string | Uint8Array, flags: number, head: EntryHead): Buffer {
  const { times, softExpiry, tags = [] } = head;
  if (tags.length > maxTags) throw new RangeError(`an entry has at most ${maxTags} tags`);
  const start = lengthOf(head);
  const bytes = Buffer.allocUnsafeSlow(start + data.length);
  bytes[4] = layout;
  bytes[5] =
    (times === undefined ? 0 : bits.times) |
    (tags.length === 0 ? 0 : bits.tags) |
    (softExpiry === undefined ? 0 : bits.softExpiry);
  bytes.writeUInt32LE(flags, 6);
  let at = fixedLength;
  if (times !== undefined) {
    at = bytes.writeUIntLE(within(times.created, mostU48), at, 6);
    at = bytes.writeUInt32LE(within(times.loadMs, mostU32), at);
  }
  if (softExpiry !== undefined) at = bytes.writeUIntLE(within(softExpiry, mostU48), at, 6);
  if (tags.length > 0) at = writeTags(bytes, tags, at);
  if (typeof data === 'string') latin1Write(bytes, data, at);
  else bytes.set(data, at);
  bytes.writeUInt32LE(checksum(bytes.subarray(headStart)), 0);
  return bytes;
}

function writeTags(bytes: Buffer, tags: readonly TagStamp[], start: number): number {
  let at = bytes.writeUInt8(tags.length, start);
  for (const { name, stamp } of tags) {
    const length = bytes.write(name, at + 1);
    bytes[at] = length;
    bytes.set(bytesOfStamp(stamp), at + 1 + length);
    at += 1 + length + stampBytes;
  }
  return at;
}

/** Whether the bytes are those that were sealed. */
export function isIntact(bytes: Buffer): boolean {
  return bytes.length >= fixedLength && bytes.readUInt32LE(0) === checksum(bytes.subarray(headStart));
}

function open(layout: Layout, given: Uint8Array): Opened {
  const bytes = asBuffer(given);
  if (!isIntact(bytes)) throw new UndecodableError('an entry that is cut, or not of this cache');
  const said = bytes[5] as number;
  if (bytes[4] !== layout || (said & ~bits.known) !== 0)
    throw new UndecodableError('an entry of another version of the library');
  try {
    return read(bytes, said);
  } catch (error) {
    throw new UndecodableError('an entry whose head does not fit', { cause: error });
  }
}

/** Buffer's readers throw beyond the end. */
function read(bytes: Buffer, said: number): Opened {
  const head: { -readonly [Name in keyof EntryHead]: EntryHead[Name] } = {};
  let at = fixedLength;
  if ((said & bits.times) !== 0) {
    head.times = { created: bytes.readUIntLE(at, 6), loadMs: bytes.readUInt32LE(at + 6) };
    at += 10;
  }
  if ((said & bits.softExpiry) !== 0) {
    head.softExpiry = bytes.readUIntLE(at, 6);
    at += 6;
  }
  if ((said & bits.tags) === 0) return { flags: bytes.readUInt32LE(6), head, payload: bytes.subarray(at) };
  const tags: TagStamp[] = [];
  const count = bytes.readUInt8(at++);
  for (let n = 0; n < count; n++) {
    const tag = readTag(bytes, at);
    tags.push(tag);
    at += 1 + Buffer.byteLength(tag.name) + stampBytes;
  }
  if (count === 0) throw new RangeError('no tags');
  head.tags = tags;
  return { flags: bytes.readUInt32LE(6), head, payload: bytes.subarray(at) };
}

function readTag(bytes: Buffer, at: number): TagStamp {
  const length = bytes.readUInt8(at);
  const end = at + 1 + length;
  const name = bytes.toString('utf8', at + 1, end);
  const isName = length > 0 && length <= maxNameLength && Buffer.byteLength(name) === length;
  if (!isName || end + stampBytes > bytes.length) throw new RangeError('no tag');
  return { name, stamp: stampOfBytes(bytes, end) };
}
