/**
 * FastLZ, as php-memcached compresses by default. A stream is a row of instructions, each of which begins with a byte:
 *
 *   000nnnnn                       n + 1 bytes follow as they are
 *   lllooooo  [more l]  o          l + 2 bytes again that lie o + 1 bytes back; l = 7 goes on in the next byte
 *
 * The top bits of the first byte say the level. On level 1 one byte at most carries l on. On level 2 bytes of 255 go
 * on, and the largest offset of 13 bits is followed by one of 16 bits.
 */

/** The largest offset of level 2 that 13 bits hold. */
const farOffset = 0x1fff;

/** A byte makes at most 255 others: those who say more than that of their length lie. */
const maxRatio = 256;

/** Unpacks to exactly `length` bytes. Throws RangeError for a stream that makes any other number of bytes. */
export function unpackFastlz(packed: Buffer, length: number): Buffer {
  if (length > packed.length * maxRatio) throw new RangeError('the length is more than the stream can make');
  const level = (packed[0] ?? 0xff) >>> 5;
  if (level > 1) throw new RangeError('the level of FastLZ is unknown');
  const output = Buffer.allocUnsafe(length);
  let at = 0;
  let end = 0;
  const next = (): number => {
    const byte = packed[at++];
    if (byte === undefined) throw new RangeError('the stream of FastLZ ends early');
    return byte;
  };
  while (at < packed.length) {
    const control = at === 0 ? next() & 0x1f : next();
    if (control < 0x20) {
      const count = control + 1;
      if (at + count > packed.length || end + count > length) throw new RangeError('a literal of FastLZ is too long');
      packed.copy(output, end, at, at + count);
      at += count;
      end += count;
      continue;
    }
    let count = (control >>> 5) + 2;
    if (count === 9) count += level === 1 ? sumOfRun(next) : next();
    let offset = ((control & 0x1f) << 8) | next();
    if (level === 1 && offset === farOffset) offset += (next() << 8) | next();
    if (offset >= end || end + count > length) throw new RangeError('a match of FastLZ lies outside of the text');
    repeat(output, end, offset + 1, count);
    end += count;
  }
  if (end !== length) throw new RangeError('the stream of FastLZ makes fewer bytes than it says');
  return output;
}

/** The sum of bytes up to the first that is not 255. */
function sumOfRun(next: () => number): number {
  let sum = 0;
  let byte = 0xff;
  while (byte === 0xff) {
    byte = next();
    sum += byte;
  }
  return sum;
}

/** Copies `count` bytes from `distance` before `end` to `end`; they may be the ones that are being written. */
function repeat(output: Buffer, end: number, distance: number, count: number): void {
  if (distance === 1) output.fill(output[end - 1]!, end, end + count);
  else if (distance >= count && count > 32) output.copyWithin(end, end - distance, end - distance + count);
  else for (let i = end; i < end + count; i++) output[i] = output[i - distance]!;
}
