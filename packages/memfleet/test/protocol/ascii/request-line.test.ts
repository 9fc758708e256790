import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RequestLine } from '../../../src/protocol/ascii/request-line.ts';

/** Bytes on both sides of each bound: spaces, line ends, control bytes, DEL, bytes of text, bytes above ASCII. */
const byte = fc.constantFrom(0, 1, 9, 10, 13, 31, 32, 32, 33, 48, 97, 97, 97, 97, 126, 127, 128, 161, 255);
const text = fc.oneof(
  fc.array(byte, { maxLength: 40 }),
  fc
    .array(fc.constantFrom('a', 'key:12345', 'k\x7f', '\xff\xa1', ' '), { maxLength: 60 })
    .map((words) => [...Buffer.from(words.join(' '), 'latin1')]),
);

/** What the line is, byte by byte. */
function expected(line: readonly number[]): { next: number; words: string[]; isPlain: boolean } {
  const lineFeed = line.indexOf(10);
  if (lineFeed < 0) return { next: -1, words: [], isPlain: true };
  const end = line[lineFeed - 1] === 13 ? lineFeed - 1 : lineFeed;
  const nul = line.indexOf(0);
  const before = line.slice(0, nul >= 0 && nul < end ? nul : end);
  const words = Buffer.from(before)
    .toString('latin1')
    .split(' ')
    .filter((word) => word !== '');
  const isPlain = words.length < 32 && before.every((one) => one >= 32 && one !== 127);
  return { next: lineFeed + 1, words, isPlain };
}

it('a line is cut into its words, whatever its bytes are and wherever it lies', () => {
  fc.assert(
    fc.property(text, fc.constantFrom([], [10], [13, 10]), fc.nat(9), byte, (begin, end, offset, behind) => {
      const bytes = [...begin, ...end];
      const memory = Buffer.alloc(offset + bytes.length + 5, behind);
      memory.set(bytes, offset);
      const line = new RequestLine();
      // A part of the memory, and a place in the part.
      const chunk = memory.subarray(offset >> 1);
      const at = offset - (offset >> 1);
      const next = line.scan(chunk, at, at + bytes.length);
      const wanted = expected(bytes);
      if (wanted.next < 0) {
        expect(next).toBe(-1);
        return;
      }
      const words: string[] = [];
      line.eachWord(0, (from, to) => words.push(chunk.toString('latin1', from, to)));
      expect({ next: next - at, words, isPlain: line.plain }).toEqual(wanted);
    }),
    { numRuns: 3000 },
  );
});
