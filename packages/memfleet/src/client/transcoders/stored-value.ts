/** What transcoders have in common when they read: views of stored bytes, texts, and the flags of marked entries. */
import { latin1Of } from '../../base/bytes.ts';
import { UnsafeIntegerError } from '../../core/errors.ts';
import { RawValue, type StoredValue } from '../transcoder.ts';
import { parseJson } from './exact-number.ts';

/** Bytes that belong to the caller, as a stored value. */
export function storedBytes(bytes: Buffer, flags: number): StoredValue {
  return {
    flags,
    length: bytes.length,
    bytes: () => bytes,
    utf8: () => bytes.toString(),
    text: () => latin1Of(bytes),
  };
}

/** The value as it is stored. */
export const asRaw = (value: StoredValue): RawValue => new RawValue(value.bytes(), value.flags);

/**
 * The flags of a marked entry: `mf`, a byte for its kind, 0. Such an entry is no value of any transcoder. The low byte
 * is 0 because other clients look for their types in it.
 */
export const isMarked = (flags: number): boolean => (flags & 0xffff_00ff) === 0x6d66_0000;

/** Text in UTF-8, or undefined where the bytes are none. */
function textOf(value: StoredValue): string | undefined {
  const text = value.utf8();
  // Decoding writes U+FFFD where it finds no character. The stored text may have that character itself.
  const isUnsure = text.includes('\ufffd');
  return isUnsure && !Buffer.from(text).equals(value.bytes()) ? undefined : text;
}

/** Text; bytes that are not UTF-8 are a RawValue. */
export const readText = (value: StoredValue): string | RawValue => textOf(value) ?? asRaw(value);

/** For clients with one type for both: text where the bytes are UTF-8, else the bytes. */
export const readTextOrBytes = (value: StoredValue): string | Uint8Array => textOf(value) ?? value.bytes();

/** JSON; bytes that are not JSON are a RawValue. */
export const readJson = (value: StoredValue): unknown => readJsonOr(value, asRaw);

/** JSON; bytes that are not JSON are read in another way. */
export function readJsonOr(value: StoredValue, otherwise: (value: StoredValue) => unknown): unknown {
  const text = textOf(value);
  try {
    if (text !== undefined) return parseJson(text);
  } catch (error) {
    if (error instanceof UnsafeIntegerError) throw error;
    // No JSON.
  }
  return otherwise(value);
}
