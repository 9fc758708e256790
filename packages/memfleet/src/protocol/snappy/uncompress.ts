/**
 * Snappy without framing, as Couchbase stores and sends values: the length, then elements.
 *
 *   length      1 to 5 bytes of 7 bits, the lowest first
 *   nnnnnn00    a literal of n + 1 bytes; n = 60 to 63: its length − 1 is in the next n − 59 bytes
 *   oooccc01 o             c + 4 bytes again, from o bytes back
 *   cccccc10 o o           c + 1 bytes again, from o bytes back
 *   cccccc11 o o o o       the same with 32 bits
 *
 * (github.com/google/snappy, format_description.txt)
 */

/** No element makes more than 64 bytes out of 3. A value that claims to be longer is not Snappy. */
const maxGrowth = 22;
/** Up to this length a loop copies faster than a call. */
const shortCopy = 24;

/** The length that a value claims to have, and where its elements begin. Throws RangeError. */
function readLength(packed: Uint8Array): { readonly length: number; readonly start: number } {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = packed[at];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { length, start: at + 1 };
  }
  throw new RangeError('the value of Snappy has no length');
}

/**
 * The bytes of a value. Throws RangeError for bytes that no compressor makes, and for a value of more than `most`
 * bytes, before memory is taken for it.
 */
export function uncompress(packed: Uint8Array, most: number): Buffer {
  const { length, start } = readLength(packed);
  if (length > most) throw new RangeError(`the value of Snappy has ${length} bytes; at most ${most} are allowed`);
  if (length > packed.length * maxGrowth)
    throw new RangeError('the value of Snappy claims more bytes than it can have');
  const output = Buffer.allocUnsafe(length);
  let at = start;
  let end = 0;
  while (at < packed.length) {
    const tag = packed[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let count = (tag >>> 2) + 1;
      if (count > 60) {
        const width = count - 60;
        count = littleEndian(packed, at, width) + 1;
        at += width;
      }
      if (at + count > packed.length || end + count > length) throw new RangeError('a literal of Snappy is too long');
      if (count > shortCopy) output.set(packed.subarray(at, at + count), end);
      else for (let i = 0; i < count; i++) output[end + i] = packed[at + i]!;
      at += count;
      end += count;
      continue;
    }
    const width = kind === 3 ? 4 : kind;
    const count = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offset = littleEndian(packed, at, width) + (kind === 1 ? (tag >>> 5) << 8 : 0);
    at += width;
    if (offset === 0 || offset > end || end + count > length)
      throw new RangeError('a copy of Snappy lies outside of the value');
    if (offset >= count && count > shortCopy) output.copyWithin(end, end - offset, end - offset + count);
    else for (let i = end; i < end + count; i++) output[i] = output[i - offset]!;
    end += count;
  }
  if (end !== length) throw new RangeError('the value of Snappy has fewer bytes than it claims');
  return output;
}

/** The number of `width` bytes at `at`. Throws RangeError where they are missing. */
function littleEndian(bytes: Uint8Array, at: number, width: number): number {
  if (at + width > bytes.length) throw new RangeError('the value of Snappy ends in the middle of an element');
  let number = bytes[at]!;
  if (width > 1) number |= bytes[at + 1]! << 8;
  if (width > 2) number |= bytes[at + 2]! << 16;
  return width > 3 ? number + bytes[at + 3]! * 0x100_0000 : number;
}
