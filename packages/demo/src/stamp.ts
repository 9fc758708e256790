/**
 * Values that say what they are, so that a reader can tell a right one from another caller's, an old one or a broken
 * one:
 *
 *   <key> <version> <checksum, 8 hex digits>\n<filler up to the size>
 *
 * The checksum (CRC-32) is over everything else, so no byte can be missing, moved or changed.
 */
import { crc32 } from 'node:zlib';
import { seededRandom } from './random.ts';

/** What a value says of itself. */
export interface Stamp {
  readonly key: string;
  readonly version: number;
}

const fillerSize = 256 * 1024;
const filler = makeFiller();
const newline = 0x0a;
/** Longer heads than this are none of ours: keys have at most 250 bytes. */
const maxHead = 300;

/** A value of `size` bytes (more, if the head does not fit into them). */
export function stampValue(key: string, version: number, size: number): Buffer {
  const title = `${key} ${version} `;
  const headSize = title.length + 9;
  const value = Buffer.allocUnsafe(Math.max(size, headSize));
  value.write(title, 0, 'latin1');
  value[headSize - 1] = newline;
  // Where in the filler it begins depends on the version, so that two versions differ everywhere.
  const from = (crc32(title) >>> 8) % (fillerSize / 2);
  for (let at = headSize; at < value.length; at += fillerSize / 2)
    filler.copy(value, at, from, Math.min(from + fillerSize / 2, from + value.length - at));
  value.write(checksum(value, title.length), title.length, 'latin1');
  return value;
}

/** Reads a value. A text says what is wrong with it. */
export function readStamp(value: Uint8Array): Stamp | string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const end = bytes.subarray(0, maxHead).indexOf(newline);
  const head = end < 0 ? [] : bytes.toString('latin1', 0, end).split(' ');
  const [key, version, sum] = head;
  if (head.length !== 3 || key === undefined || sum === undefined || !/^[1-9]\d*$/.test(version ?? ''))
    return `is not one of ours: ${bytes.length} bytes, beginning ${JSON.stringify(bytes.toString('latin1', 0, 40))}`;
  if (checksum(bytes, end - 8) !== sum) return `is broken: the checksum of its ${bytes.length} bytes is wrong`;
  return { key, version: Number(version) };
}

/** The checksum of a value whose own checksum stands at `at`. */
function checksum(value: Buffer, at: number): string {
  return crc32(value.subarray(at + 9), crc32(value.subarray(0, at)))
    .toString(16)
    .padStart(8, '0');
}

function makeFiller(): Buffer {
  const random = seededRandom(1);
  const bytes = Buffer.allocUnsafe(fillerSize);
  for (let at = 0; at < fillerSize; at += 4) bytes.writeUInt32LE(Math.floor(random() * 0x1_0000_0000), at);
  return bytes;
}
