/** Random packets of the binary protocol. */
import { packet, storeExtras, words } from '../../support/packets.ts';
import { keys, type RequestKind, values } from './operands.ts';
import type { Random } from './random.ts';

const opcodes = {
  keyOnly: [0x00, 0x09, 0x0c, 0x0d, 0x04, 0x14],
  storing: [1, 2, 3, 0x11, 0x12, 0x13],
  joining: [0x0e, 0x0f, 0x19, 0x1a],
  counting: [5, 6, 0x15, 0x16],
  touching: [0x1c, 0x1d, 0x1e],
  alone: [0x0a, 0x0b, 0x08, 0x18],
} as const;

const binaryTimes = [0, 0, 100, 1000, 2_000_000_000];
const cas = [0n, 0n, 0n, 1n];
const opaqueOf = (random: Random): number => random.below(0xffff);

export const binaryRequests: readonly RequestKind[] = [
  (random) =>
    packet(random.of(opcodes.keyOnly), { key: random.of(keys), cas: random.of(cas), opaque: opaqueOf(random) }),
  (random) =>
    packet(random.of(opcodes.storing), {
      key: random.of(keys),
      extras: storeExtras(random.of([0, 1, 0xffff_ffff]), random.of(binaryTimes)),
      value: random.of(values),
      cas: random.of(cas),
      opaque: opaqueOf(random),
    }),
  (random) =>
    packet(random.of(opcodes.joining), {
      key: random.of(keys),
      value: random.of(values),
      cas: random.of([0n, 0n, 1n]),
      opaque: opaqueOf(random),
    }),
  (random) =>
    packet(random.of(opcodes.counting), {
      key: random.of(keys),
      extras: words(0, random.of([0, 1, 0xffff_ffff]), 0, random.of([0, 7]), random.of([0, 100, 0xffff_ffff])),
      opaque: opaqueOf(random),
    }),
  (random) =>
    packet(random.of(opcodes.touching), {
      key: random.of(keys),
      extras: words(random.of(binaryTimes)),
      opaque: opaqueOf(random),
    }),
  (random) => packet(random.of(opcodes.alone), { opaque: opaqueOf(random) }),
];
