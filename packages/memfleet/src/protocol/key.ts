/** The keys that the protocols can carry (docs/protocols.md#keys-and-limits). */
import type { Command } from '../core/command.ts';
import { InvalidKeyError } from '../core/errors.ts';

/** The longest key in bytes, as it stands on the wire. */
export const maxKeyLength = 250;

/** The longest key in a named collection of a Couchbase bucket, without the id of the collection. */
export const maxScopedKeyLength = 246;

/** The longest key that fits base64-encoded (meta flag `b`): 248 encoded characters hold 186 bytes. */
export const maxEncodedKeyLength = 186;

// Space and control bytes would end the key or start another command; DEL is refused by convention. Bytes ≥ 0x80 are
// fine. A character above 0xff would be cut to a byte: U+010A to a line feed.
const unsafe = /[^\x21-\x7e\x80-\xff]/;
// oxlint-disable-next-line no-control-regex -- every byte there is
const wide = /[^\x00-\xff]/;

/** Whether a text line can carry the key unchanged. */
export function isPlainKey(key: string): boolean {
  return key.length > 0 && key.length <= maxKeyLength && !unsafe.test(key);
}

/** Whether every character is one byte. */
export function isByteString(key: string): boolean {
  return !wide.test(key);
}

/** The error for a key that a protocol cannot carry: it names the key and the reason. */
export function invalidKey(key: string, protocol: string, longest: number = maxKeyLength): InvalidKeyError {
  const shown = JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);
  if (key.length === 0) return new InvalidKeyError(`the key is empty; keys have 1 to ${longest} bytes`);
  if (!isByteString(key)) return new InvalidKeyError(`key ${shown} is not a byte string`);
  if (unsafe.test(key) && protocol === 'meta' && key.length > maxEncodedKeyLength) {
    return new InvalidKeyError(
      `key ${shown} has ${key.length} bytes; with spaces or control bytes at most ${maxEncodedKeyLength} fit (base64)`,
    );
  }
  if (key.length > longest)
    return new InvalidKeyError(`key ${shown} has ${key.length} bytes; at most ${longest} are allowed`);
  return new InvalidKeyError(`key ${shown} has a space or control byte, which the ${protocol} protocol cannot carry`);
}

/** The command's key for a text line. Throws InvalidKeyError. */
export function plainKey(command: Command, protocol: string): string {
  const key = command.key;
  if (!command.isPlainKey && !isPlainKey(key)) throw invalidKey(key, protocol);
  return key;
}
