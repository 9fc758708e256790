/**
 * Whatever is appended in whatever way comes out once, in order, in few chunks; what is still needed by somebody is
 * never written over.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter, copyLimit, joinLimit } from '../../src/base/byte-writer.ts';

const slabSize = 64 * 1024;

/** The taken bytes as one byte string. */
function taken(writer: ByteWriter): string {
  return Buffer.concat(writer.take()).toString('latin1');
}

function bytesOf(length: number, byte = 0x62): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

describe('a byte writer', () => {
  it('joins short texts and bytes into one chunk', () => {
    const writer = new ByteWriter();
    writer.ascii('mg k v');
    writer.ascii('\r\n');
    writer.bytes(Buffer.from('raw'));
    writer.value('text');
    writer.value(Buffer.from('bytes'));
    expect(writer.length).toBe(8 + 3 + 4 + 5);
    const chunks = writer.take();
    expect(chunks).toHaveLength(1);
    expect(Buffer.from(chunks[0] as Uint8Array).toString('latin1')).toBe('mg k v\r\nrawtextbytes');
    expect(writer.length).toBe(0);
    expect(writer.take()).toEqual([]);
  });

  it('writes every character of a byte string as one byte', () => {
    const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
    const writer = new ByteWriter();
    writer.ascii(all);
    expect(taken(writer)).toBe(all);
  });

  it('does not copy a large value: it is a chunk of its own, between what came before and after it', () => {
    const writer = new ByteWriter();
    const large = bytesOf(copyLimit + 1);
    writer.ascii('set k 0 0 16385\r\n');
    writer.bytes(large);
    writer.ascii('\r\n');
    const chunks = writer.take();
    expect(chunks).toHaveLength(3);
    expect(chunks[1]).toBe(large);
  });

  it('copies a large value that its owner will overwrite', () => {
    const writer = new ByteWriter();
    const large = bytesOf(copyLimit + 1, 0x61);
    writer.copy(large);
    large.fill(0x62);
    expect(taken(writer)).toBe('a'.repeat(copyLimit + 1));
  });

  it('copies a value at the limit, so that its owner may change it at once', () => {
    const writer = new ByteWriter();
    const small = bytesOf(copyLimit, 0x61);
    writer.bytes(small);
    small.fill(0x62);
    expect(taken(writer)).toBe('a'.repeat(copyLimit));
  });

  it('uses the same memory again once what was taken is in the kernel', () => {
    const writer = new ByteWriter();
    writer.ascii('first');
    const [first] = writer.take();
    writer.release(true);
    writer.ascii('again');
    const [again] = writer.take();
    expect(again?.byteOffset).toBe(first?.byteOffset);
    expect(again?.buffer).toBe(first?.buffer);
  });

  it('continues behind bytes that are still needed', () => {
    const writer = new ByteWriter();
    writer.ascii('first');
    const [first] = writer.take();
    writer.release(false);
    writer.ascii('again');
    const [again] = writer.take();
    writer.release(true);
    writer.ascii('third');
    const [third] = writer.take();
    expect(Buffer.from(first as Uint8Array).toString()).toBe('first');
    expect(third?.byteOffset).toBe(again?.byteOffset);
  });

  it('begins another slab when one is full, and keeps the order', () => {
    const writer = new ByteWriter();
    const piece = 'x'.repeat(1000);
    const count = Math.ceil((slabSize * 2.5) / piece.length);
    for (let n = 0; n < count; n++) writer.ascii(`${n}:${piece}`);
    const expected = Array.from({ length: count }, (_, n) => `${n}:${piece}`).join('');
    expect(writer.length).toBe(expected.length);
    expect(taken(writer) === expected).toBe(true);
  });

  it('uses filled slabs again once they are in the kernel, a few of them', () => {
    const writer = new ByteWriter();
    const burst = (): readonly Uint8Array[] => {
      for (let n = 0; n < 64; n++) writer.value('x'.repeat(4096));
      return writer.take();
    };
    const first = new Set(burst().map((chunk) => chunk.buffer));
    writer.release(true);
    const again = burst().map((chunk) => chunk.buffer);
    expect(first.size).toBeGreaterThan(3);
    expect(again.filter((buffer) => first.has(buffer)).length).toBeGreaterThan(3);
  });

  it('never uses a filled slab again that is still needed', () => {
    const writer = new ByteWriter();
    for (let n = 0; n < 64; n++) writer.value('x'.repeat(4096));
    const first = writer.take();
    writer.release(false);
    for (let n = 0; n < 200; n++) writer.value('y'.repeat(4096));
    expect(taken(writer)).toHaveLength(200 * 4096);
    expect(Buffer.concat(first).toString() === 'x'.repeat(64 * 4096)).toBe(true);
  });

  it('forgets what was collected when it is cleared, and only that', () => {
    const writer = new ByteWriter();
    writer.ascii('held');
    const [held] = writer.take();
    writer.release(false);
    writer.ascii('a');
    writer.bytes(bytesOf(10));
    writer.bytes(bytesOf(copyLimit + 1));
    writer.ascii('b');
    writer.clear();
    expect(writer.length).toBe(0);
    writer.ascii('next');
    expect(taken(writer)).toBe('next');
    expect(Buffer.from(held as Uint8Array).toString()).toBe('held');
  });
});

type Step =
  | { readonly kind: 'ascii' | 'bytes' | 'copy' | 'value'; readonly length: number; readonly byte: number }
  | { readonly kind: 'take'; readonly isInKernel: boolean };

const length = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 200 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(copyLimit - 1, copyLimit, copyLimit + 1, joinLimit, 33_000, slabSize, slabSize + 1),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40_000 }) },
);
const byte = fc.integer({ min: 0, max: 255 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('ascii', 'bytes', 'copy', 'value'), length, byte }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take'), isInKernel: fc.boolean() }) },
);

/** What a step appends. */
function append(writer: ByteWriter, step: Exclude<Step, { kind: 'take' }>): Buffer {
  const { kind, length: size, byte: value } = step;
  const bytes = Buffer.alloc(size, value);
  if (kind === 'ascii') writer.ascii(bytes.toString('latin1'));
  else if (kind === 'bytes') writer.bytes(bytes);
  else if (kind === 'value') writer.value(size % 2 === 0 ? bytes : bytes.toString('latin1'));
  else {
    const scratch = Buffer.from(bytes);
    writer.copy(scratch);
    scratch.fill(0xee);
  }
  return bytes;
}

describe('any sequence of appends and takes', () => {
  it('gives the concatenation, and what was not in the kernel at the release stays as it was', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const writer = new ByteWriter();
        let expected: Buffer[] = [];
        const stillNeeded: { readonly chunks: readonly Uint8Array[]; readonly expected: Buffer }[] = [];
        for (const next of [...steps, { kind: 'take', isInKernel: true } as const]) {
          if (next.kind !== 'take') {
            expected.push(append(writer, next));
            continue;
          }
          const all = Buffer.concat(expected);
          if (writer.length !== all.length) return false;
          const chunks = writer.take();
          if (!Buffer.concat(chunks).equals(all)) return false;
          if (!next.isInKernel) stillNeeded.push({ chunks, expected: all });
          writer.release(next.isInKernel);
          expected = [];
        }
        return stillNeeded.every((held) => Buffer.concat(held.chunks).equals(held.expected));
      }),
      { numRuns: 150 },
    );
  });
});
