/** Random packets of the binary protocol. */
import { keys, type RequestKind, values } from './operands.ts';

const opcodes = {
  keyOnly: [0x00, 0x09, 0x0c, 0x0d, 0x04, 0x14],
  storing: [1, 2, 3, 0x11, 0x12, 0x13],
  joining: [0x0e, 0x0f, 0x19, 0x1a],
  counting: [5, 6, 0x15, 0x16],
  touching: [0x1c, 0x1d, 0x1e],
  alone: [0x0a, 0x0b, 0x08, 0x18],
} as const;

/** One packet. */
export function packet(
  opcode: number,
  key: string,
  extras: Buffer,
  value: string,
  cas: bigint,
  opaqueId: number,
): string {
  const header = Buffer.alloc(24);
  header[0] = 0x80;
  header[1] = opcode;
  header.writeUInt16BE(key.length, 2);
  header[4] = extras.length;
  header.writeUInt32BE(extras.length + key.length + value.length, 8);
  header.writeUInt32BE(opaqueId, 12);
  header.writeBigUInt64BE(cas, 16);
  return header.toString('latin1') + extras.toString('latin1') + key + value;
}

function numbers(...all: readonly number[]): Buffer {
  const buffer = Buffer.alloc(all.length * 4);
  for (const [at, number] of all.entries()) buffer.writeUInt32BE(number, at * 4);
  return buffer;
}

const binaryTimes = [0, 0, 100, 1000, 2_000_000_000];
const none = Buffer.alloc(0);

export const binaryRequests: readonly RequestKind[] = [
  (random) =>
    packet(random.of(opcodes.keyOnly), random.of(keys), none, '', random.of([0n, 0n, 0n, 1n]), random.below(0xffff)),
  (random) =>
    packet(
      random.of(opcodes.storing),
      random.of(keys),
      numbers(random.of([0, 1, 0xffff_ffff]), random.of(binaryTimes)),
      random.of(values),
      random.of([0n, 0n, 0n, 1n]),
      random.below(0xffff),
    ),
  (random) =>
    packet(
      random.of(opcodes.joining),
      random.of(keys),
      none,
      random.of(values),
      random.of([0n, 0n, 1n]),
      random.below(0xffff),
    ),
  (random) =>
    packet(
      random.of(opcodes.counting),
      random.of(keys),
      numbers(0, random.of([0, 1, 0xffff_ffff]), 0, random.of([0, 7]), random.of([0, 100, 0xffff_ffff])),
      '',
      0n,
      random.below(0xffff),
    ),
  (random) =>
    packet(random.of(opcodes.touching), random.of(keys), numbers(random.of(binaryTimes)), '', 0n, random.below(0xffff)),
  (random) => packet(random.of(opcodes.alone), '', none, '', 0n, random.below(0xffff)),
];
