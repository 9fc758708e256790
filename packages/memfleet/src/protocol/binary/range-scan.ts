/**
 * The packets of range scans (docs/protocols.md#range-scans): both sides.
 *
 *   create     value: JSON, the range in base64          ─▶ value: the id of the scan, 16 bytes
 *   continue   extras: id, limits of items, ms, bytes    ─▶ any number of packets with status 0, then one with
 *                                                           "more" or "complete"; each with entries
 *   cancel     extras: id
 *
 *   entries    extras 0: [length, key] …
 *              extras 1: [flags, expiry, sequence number, cas, datatype, length, key, length, value] …
 *
 * Lengths are LEB128 (leb128.ts).
 */
import { latin1Slice } from '../../base/bytes.ts';
import { ProtocolError } from '../../core/errors.ts';
import { maxKeyLength } from '../key.ts';
import { readU64, u64Text } from './header.ts';
import { readU32, u32Text } from './integers.ts';
import { leb128Text } from './leb128.ts';

/** The length of a scan's id in bytes. */
export const scanIdLength = 16;
/** The length of the extras of a continue. */
export const continueLength: number = scanIdLength + 12;
/** Flags, expiry, sequence number, cas, datatype. */
const metaLength = 25;

/** A range of keys (byte strings); each end is in it unless `isAfterStart` or `isBeforeEnd` is set. */
export interface KeyRange {
  readonly start: string;
  readonly isAfterStart: boolean;
  readonly end: string;
  readonly isBeforeEnd: boolean;
}

/** An item of a scan. Without values, all but the key is 0 or empty. */
export interface ScannedItem {
  /** A byte string. */
  readonly key: string;
  readonly flags: number;
  /** Seconds since 1970; 0 = no expiry. */
  readonly exptime: number;
  readonly cas: bigint;
  readonly datatype: number;
  readonly value: Uint8Array;
}

/** The value of a create, as a byte string. `collection`: the id of a collection; 0 = the default one. */
export function createScanBody(range: KeyRange, keysOnly: boolean, collection: number): string {
  const { start, isAfterStart, end, isBeforeEnd } = range;
  return JSON.stringify({
    ...(collection === 0 ? {} : { collection: collection.toString(16) }),
    key_only: keysOnly,
    range: {
      [isAfterStart ? 'excl_start' : 'start']: base64(start),
      [isBeforeEnd ? 'excl_end' : 'end']: base64(end),
    },
  });
}

/** The extras of a continue. 0 = no limit. */
export function continueScanExtras(id: Uint8Array, items: number, ms: number, bytes: number): Uint8Array {
  return Buffer.concat([id, Buffer.from(u32Text(items) + u32Text(ms) + u32Text(bytes), 'latin1')]);
}

function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64');
}

/** An item as an entry. */
export function scannedEntry(item: ScannedItem, keysOnly: boolean): Buffer {
  const key = leb128Text(item.key.length) + item.key;
  if (keysOnly) return Buffer.from(key, 'latin1');
  const { flags, exptime, cas, datatype, value } = item;
  // Items have no sequence number of their own here.
  const meta = u32Text(flags) + u32Text(exptime) + u64Text(0n) + u64Text(cas) + String.fromCharCode(datatype);
  return Buffer.concat([Buffer.from(meta + key + leb128Text(value.length), 'latin1'), value]);
}

const noValue = new Uint8Array(0);

/**
 * The items in the value of one packet. Values are copies. Throws ProtocolError for anything that is no list of
 * entries.
 */
export function readScanned(bytes: Uint8Array, keysOnly: boolean): ScannedItem[] {
  const items: ScannedItem[] = [];
  const reader = new EntryReader(bytes);
  while (!reader.isAtEnd) {
    const meta = keysOnly ? -1 : reader.take(metaLength);
    const keyAt = reader.takeCounted(maxKeyLength);
    const key = latin1Slice(bytes, keyAt, reader.at);
    if (key === '') throw malformed('a key is empty');
    if (keysOnly) {
      items.push({ key, flags: 0, exptime: 0, cas: 0n, datatype: 0, value: noValue });
      continue;
    }
    const valueAt = reader.takeCounted(bytes.length);
    items.push({
      key,
      flags: readU32(bytes, meta),
      exptime: readU32(bytes, meta + 4),
      cas: readU64(bytes, meta + 16),
      datatype: bytes[meta + 24]!,
      value: Buffer.from(bytes.subarray(valueAt, reader.at)),
    });
  }
  return items;
}

function malformed(why: string): ProtocolError {
  return new ProtocolError(`a reply to a range scan is malformed: ${why}`);
}

class EntryReader {
  /** Where the next field begins. */
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at === this.#bytes.length;
  }

  /** Passes `count` bytes and returns where they begin. */
  take(count: number): number {
    const start = this.at;
    if (start + count > this.#bytes.length) throw malformed('an entry is cut off');
    this.at = start + count;
    return start;
  }

  /** Passes a length and that many bytes, at most `most`, and returns where these begin. */
  takeCounted(most: number): number {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.take(1)]!;
      length += (byte & 0x7f) * 2 ** shift;
      if (length > most) throw malformed(`a length of ${length}, at most ${most} are possible`);
      if (byte < 0x80) return this.take(length);
      if (shift === 28) throw malformed('a length has no end');
    }
  }
}
