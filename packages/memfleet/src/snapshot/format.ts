/**
 * A file with items (docs/snapshot-format.md). Numbers are big-endian.
 *
 *   89 'MFS' 0d 0a │ version 16 │ block │ block │ … │ end block
 *   block:  type 8 │ length 32 │ crc32 32 │ length bytes
 *   item:   key length 8 │ marks 8 │ flags 32 │ exptime 64 │ cas 64 │ value length 32 │ key │ value
 *
 * The checksum is over type, length and content, so that no damaged block passes for an intact one.
 */
import { crc32 } from 'node:zlib';

/** An item of a snapshot. */
export interface SnapshotItem {
  /** 1 to 250 bytes. */
  readonly key: Uint8Array;
  /** The bytes as memcached stores them. */
  readonly value: Uint8Array;
  /** The client flags, 32 bits. */
  readonly flags: number;
  /** When it expires, in Unix seconds; 0 = no expiry. */
  readonly exptime: number;
  /** The cas token; 0n = unknown. */
  readonly cas: bigint;
  /** Whether the key was stored in base64, as the meta protocol does for keys with blanks and control characters. */
  readonly isBase64: boolean;
}

/** What a snapshot says about itself. */
export interface SnapshotHeader {
  /** When writing began, in Unix seconds. */
  readonly created: number;
  /** The program that wrote it, such as `memfleet 0.1.0`. */
  readonly creator: string;
}

/** The first bytes of every file. A transfer as text damages the 89 or the line end. */
export const magic: Uint8Array = Uint8Array.of(0x89, 0x4d, 0x46, 0x53, 0x0d, 0x0a);

/** The version of the format that is written, and the only one that is read. */
export const formatVersion = 1;

/** Magic and version. */
export const preambleLength = 8;

/** Type, length and checksum. */
export const blockHeadLength = 9;

/** An item without key and value. */
export const itemHeadLength = 26;

export const blockTypes = { header: 1, items: 2, end: 3 } as const;

/** The longest key of memcached. */
export const maxKeyBytes = 250;

/** The largest value of memcached: 1 GB. */
export const maxValueLength: number = 2 ** 30;

/** A longer block is damaged. */
export const maxBlockLength: number = itemHeadLength + maxKeyBytes + maxValueLength;

/** Marks of an item. Other bits are 0. */
export const base64Mark = 1;

/** The checksum of a block. `head`: at least its first five bytes. */
export function checksumOf(head: Uint8Array, content: Uint8Array): number {
  return crc32(content, crc32(head.subarray(0, 5)));
}
