/**
 * Ids of collections as they stand before a key: unsigned LEB128, the low seven bits first, bit 7 of each byte says
 * that another follows. An id has 32 bits, so at most five bytes.
 */

const more = 0x80;
const lowBits = 0x7f;
const maxId = 0xffff_ffff;
const maxBytes = 5;

/** The texts of small ids: they stand before every key. */
const small: readonly string[] = Array.from({ length: 1024 }, (_, id) => spell(id));

/** The id of a collection before a key (byte string). */
export function leb128Text(id: number): string {
  return small[id] ?? spell(id);
}

function spell(id: number): string {
  let text = '';
  let rest = id;
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
