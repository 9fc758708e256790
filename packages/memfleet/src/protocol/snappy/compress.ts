/**
 * Compresses by Snappy (format: uncompress.ts). The input is taken in blocks of 64 KB; a table remembers where each
 * hash of 4 bytes was seen last.
 *
 *   …abcd…efgh…abcdef…     at the second `abcd`: literal up to it, then a copy from there, as long as the bytes agree
 *
 * Where nothing repeats, the steps become longer, so that bytes without repetitions are passed quickly.
 */

const blockSize = 0x1_0000;
const smallestTable = 256;
const largestTable = 0x4000;
/** The table of hashes: positions in the current block. */
const table = new Uint16Array(largestTable);
/** The bytes at the end of a block that are not looked up: words of 4 bytes are read ahead. */
const margin = 8;

/**
 * Compresses `input` into `output` and returns the number of bytes; −1 = they do not fit in `limit` bytes, which is at
 * most the length of `output`.
 */
export function compress(input: Uint8Array, output: Uint8Array, limit: number): number {
  let end = 0;
  for (let rest = input.length; ; rest >>>= 7) {
    if (end >= limit) return -1;
    output[end++] = rest >= 0x80 ? (rest & 0x7f) | 0x80 : rest;
    if (rest < 0x80) break;
  }
  for (let start = 0; start < input.length && end >= 0; start += blockSize)
    end = compressBlock(input, start, Math.min(start + blockSize, input.length), output, end, limit);
  return end;
}

function compressBlock(
  input: Uint8Array,
  start: number,
  stop: number,
  output: Uint8Array,
  at: number,
  limit: number,
): number {
  let size = smallestTable;
  let shift = 24;
  for (; size < largestTable && size < stop - start; size <<= 1) shift--;
  table.fill(0, 0, size);
  const last = stop - margin;
  let end = at;
  /** The first byte that is not in the output. */
  let next = start;
  let here = start + 1;
  let steps = 32;
  while (here < last) {
    const word = wordAt(input, here);
    const hash = Math.imul(word, 0x1e35_a7bd) >>> shift;
    const seen = start + table[hash]!;
    table[hash] = here - start;
    if (seen >= here || wordAt(input, seen) !== word) {
      here += steps++ >>> 5;
      continue;
    }
    steps = 32;
    end = literal(input, next, here, output, end, limit);
    if (end < 0) return -1;
    let length = 4;
    while (here + length < stop && input[seen + length] === input[here + length]) length++;
    end = copy(here - seen, length, output, end, limit);
    if (end < 0) return -1;
    here += length;
    next = here;
    // What comes next may repeat what stands one byte earlier.
    if (here < last) table[Math.imul(wordAt(input, here - 1), 0x1e35_a7bd) >>> shift] = here - 1 - start;
  }
  return next < stop ? literal(input, next, stop, output, end, limit) : end;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Writes bytes `from` … `to` as they are. */
function literal(input: Uint8Array, from: number, to: number, output: Uint8Array, at: number, limit: number): number {
  const count = to - from;
  if (count === 0) return at;
  const most = count - 1;
  // A literal is not longer than a block, so three bytes at most say its length.
  const head = most < 60 ? 1 : most < 0x100 ? 2 : 3;
  if (at + head + count > limit) return -1;
  let end = at;
  if (most < 60) output[end++] = most << 2;
  else {
    output[end++] = (58 + head) << 2;
    output[end++] = most & 0xff;
    if (head === 3) output[end++] = most >>> 8;
  }
  if (count > 24) output.set(input.subarray(from, to), end);
  else for (let i = 0; i < count; i++) output[end + i] = input[from + i]!;
  return end + count;
}

/** Writes copies of `length` bytes from `offset` back: 64 bytes each at most, none of less than 4. */
function copy(offset: number, length: number, output: Uint8Array, at: number, limit: number): number {
  if (at + 3 * Math.ceil(length / 60) > limit) return -1;
  let end = at;
  let left = length;
  while (left > 0) {
    const count = left > 67 ? 64 : left > 64 ? 60 : left;
    left -= count;
    if (count < 12 && offset < 0x800) {
      output[end++] = 1 | ((count - 4) << 2) | ((offset >>> 8) << 5);
      output[end++] = offset & 0xff;
    } else {
      output[end++] = 2 | ((count - 1) << 2);
      output[end++] = offset & 0xff;
      output[end++] = offset >>> 8;
    }
  }
  return end;
}
