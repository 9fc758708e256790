/**
 * Unsigned LEB128: the low seven bits first, bit 7 of each byte says that another follows. Ids of collections before a
 * key, and lengths in range scans, are written so. A number has 32 bits, so at most five bytes.
 */

const more = 0x80;
const lowBits = 0x7f;
const maxId = 0xffff_ffff;
const maxBytes = 5;

/** The texts of small numbers, as they are needed: an id stands before every key. */
const small: string[] = [];

/** The number as a byte string. */
export function leb128Text(number: number): string {
  if (number >= 1024) return spell(number);
  return (small[number] ??= spell(number));
}

function spell(number: number): string {
  let text = '';
  let rest = number;
  while (rest > lowBits) {
    text += String.fromCharCode((rest & lowBits) | more);
    rest >>>= 7;
  }
  return text + String.fromCharCode(rest);
}

/** An id, and where the text goes on. */
export interface Leb128 {
  readonly id: number;
  readonly end: number;
}

/**
 * Reads the id at the beginning of a byte string. Undefined where it has no end, exceeds 32 bits, or has more bytes
 * than it needs.
 */
export function readLeb128(text: string): Leb128 | undefined {
  let id = 0;
  for (let at = 0; at < maxBytes; at++) {
    const byte = text.charCodeAt(at);
    if (Number.isNaN(byte)) return undefined;
    id += (byte & lowBits) * 2 ** (7 * at);
    if ((byte & more) !== 0) continue;
    const isCanonical = byte !== 0 || at === 0;
    return isCanonical && id <= maxId ? { id, end: at + 1 } : undefined;
  }
  return undefined;
}
