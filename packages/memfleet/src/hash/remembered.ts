/**
 * Remembers the hashes of keys that recur, for hashes that cost more than a table lookup.
 *
 *   key ─ a quick mix of its end ─▶ slot ─ holds this key ─▶ its hash
 *                                    └ another ─▶ hash ─ the same as at the last lookup in the slot: the key moves in
 *                                                      ├ the slot is empty: the key moves in
 *                                                      └ else: its hash is noted
 *
 * A key moves in when it is looked up twice with no other key of its slot between. Keys that never recur cost a note
 * and replace no other key. Measured in docs/performance.md, "remembered MD5".
 */
import { type OwnedKey, ownKey } from '../base/bytes.ts';
import { partialWord, word } from './word.ts';

/** With keys of 30 bytes a full table holds half a megabyte. */
const slotBits = 13;
const slots = 2 ** slotBits;

/** Bytes of a key that its slot depends on. */
const looked = 16;

/** An odd number that spreads what it is multiplied with over the upper bits. */
const spread = 0x9e3779b1;

interface Table {
  /** By slot: the remembered key; undefined = the slot is empty. */
  readonly keys: (OwnedKey | undefined)[];
  readonly hashes: Uint32Array;
  /** By slot: the hash of the last key that was not found. */
  readonly missed: Uint32Array;
}

/** Mixes the last bytes, in which keys usually differ. Keys with equal last bytes compete for a slot. */
function slotOf(key: string): number {
  const end = key.length;
  let mixed = end;
  let at = Math.max(0, end - looked);
  for (; at + 4 <= end; at += 4) mixed = Math.imul(((mixed << 5) | (mixed >>> 27)) ^ word(key, at), spread);
  if (at < end) mixed = Math.imul(((mixed << 5) | (mixed >>> 27)) ^ partialWord(key, at, end), spread);
  return mixed >>> (32 - slotBits);
}

/**
 * The same hash, remembered.
 *
 * @param hash of a byte string, an unsigned 32-bit number; must depend on nothing else
 */
export function remembered(hash: (key: string) => number): (key: string) => number {
  // Made at the first key: most processes have no ring.
  let table: Table | undefined;
  return (key) => {
    const { keys, hashes, missed } = (table ??= makeTable());
    const slot = slotOf(key);
    if (keys[slot] === key) {
      missed[slot] = 0;
      return hashes[slot]!;
    }
    const found = hash(key);
    if (missed[slot] === found || keys[slot] === undefined) {
      const own = ownKey(key);
      // A text that is not a byte string must not match the byte string that it is cut to.
      if (own !== key) return found;
      keys[slot] = own;
      hashes[slot] = found;
    } else missed[slot] = found;
    return found;
  };
}

function makeTable(): Table {
  return {
    keys: Array.from({ length: slots }, () => undefined),
    hashes: new Uint32Array(slots),
    missed: new Uint32Array(slots),
  };
}
