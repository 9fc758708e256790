/**
 * Keys of other layers → keys of a client. Keys that are too long, or have characters which not every protocol takes,
 * are hashed: `#` and the SHA-256 in base64url. A hash is never the key of another text, because keys that begin with
 * `#` are hashed as well.
 */
import { createHash } from 'node:crypto';
import { InvalidKeyError } from '../core/errors.ts';

/** As in the client's `isPlain`: the search is cheaper than a match of the whole key. */
const unplain = /[^\x21-\x7e]/;
const hashMark = 0x23;

/** Whether the key is sent as it is, where it has room: visible ASCII, not beginning like a hash. */
export const isSimple = (key: string): boolean => key !== '' && key.charCodeAt(0) !== hashMark && !unplain.test(key);

/** The key behind `prefix`. `room`: the bytes that both may have. Throws InvalidKeyError for what is no text. */
export function wireKey(prefix: string, key: string, room: number): string {
  if (typeof key !== 'string') throw new InvalidKeyError(`a key must be a string, not ${typeof key}`);
  if (prefix.length + key.length <= room && isSimple(key)) return prefix + key;
  // UTF-16 has bytes for every text, half of a surrogate pair included.
  return `${prefix}#${createHash('sha256').update(key, 'utf16le').digest('base64url')}`;
}
