/** User keys → wire keys: checked byte strings. */
import { types } from 'node:util';
import { asBuffer, toByteString } from '../base/bytes.ts';
import { InvalidKeyError, InvalidOptionError } from '../core/errors.ts';
import { maxKeyLength } from '../protocol/key.ts';
import { copyOf } from './arguments.ts';

// A key with other characters than visible ASCII takes the slow path. The search for one of them is cheaper than a
// match of the whole key (docs/performance.md, "plain keys").
const unplain = /[^\x21-\x7e]/;

// Half of a surrogate pair has no UTF-8: all such halves would become the same replacement character.
export const half: RegExp = /[\ud800-\udfff]/u;

/** Whether the key has at most `room` bytes, needs no conversion, and can be carried by every protocol. */
export function isPlain(key: string, room: number): boolean {
  const { length } = key;
  return length > 0 && length <= room && !unplain.test(key);
}

/** The longest plain key after this prefix, in bytes; 0 = no key is plain. `longest`: with the prefix. */
export function plainRoom(prefix: string, longest: number = maxKeyLength): number {
  return !unplain.test(prefix) ? longest - prefix.length : 0;
}

/**
 * The key's UTF-8 bytes as a byte string, 1 to `longest` long. The codec checks spaces and control bytes: meta and
 * binary carry them. Of a `Uint8Array`, the bytes are the key.
 */
export function wireKey(key: string | Uint8Array, prefix: string, longest: number = maxKeyLength): string {
  if (typeof key !== 'string' && !types.isUint8Array(key))
    throw new InvalidKeyError(`a key must be a string or bytes, not ${typeof key}`);
  if (typeof key !== 'string') key = copyOf(key);
  if (key.length === 0) throw new InvalidKeyError(`the key is empty; keys have 1 to ${longest} bytes`);
  if (typeof key === 'string' && half.test(key))
    throw new InvalidKeyError(`key ${JSON.stringify(key)} has half of a surrogate pair, which UTF-8 cannot encode`);
  const bytes = typeof key === 'string' ? toByteString(key) : asBuffer(key).toString('latin1');
  const whole = prefix + bytes;
  if (whole.length > longest) {
    const shown = JSON.stringify(typeof key === 'string' && key.length > 40 ? `${key.slice(0, 40)}…` : String(key));
    const withPrefix = prefix === '' ? '' : ` with its prefix`;
    throw new InvalidKeyError(`key ${shown} has ${whole.length} bytes${withPrefix}; at most ${longest} are allowed`);
  }
  return whole;
}

/** The longest prefix, in bytes. */
export const maxPrefix = 200;

/** Checks a prefix of the user. Throws InvalidOptionError. */
export function checkPrefixText(prefix: unknown): string {
  if (typeof prefix !== 'string')
    throw new InvalidOptionError(`option "prefix" must be a string, not ${typeof prefix}`, 'prefix');
  if (half.test(prefix))
    throw new InvalidOptionError('option "prefix" has half of a surrogate pair, which UTF-8 cannot encode', 'prefix');
  return prefix;
}

/** Checks that a prefix (a byte string) leaves room for keys. Throws InvalidOptionError. */
export function checkPrefix(prefix: string): string {
  if (prefix.length <= maxPrefix) return prefix;
  throw new InvalidOptionError(
    `option "prefix" has ${prefix.length} bytes; at most ${maxPrefix} are allowed`,
    'prefix',
  );
}
