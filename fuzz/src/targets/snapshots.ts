/**
 * Files with items, as `memfleet restore` reads them. The reader gives items of whole blocks and then a SnapshotError,
 * or all of them; in other pieces it gives the same; what it reads is the same when it is written and read again.
 *
 * An input is a file. It is read as it is, and with the checksums that its blocks ought to have: mutations would not
 * pass them.
 */
import { crc32 } from 'node:zlib';
import {
  SnapshotDecoder,
  SnapshotEncoder,
  SnapshotError,
  type SnapshotItem,
} from '../../../packages/memfleet/dist/snapshot/index.js';
import { holds, holdsSame, type Target } from '../target.ts';

const preamble = 8;
const blockHead = 9;

interface Reading {
  readonly items: readonly SnapshotItem[];
  /** Undefined: it was read to its end. */
  readonly fault: string | undefined;
}

function read(bytes: Buffer, piece: number): Reading {
  const decoder = new SnapshotDecoder();
  const items: SnapshotItem[] = [];
  try {
    for (let at = 0; at < bytes.length; at += piece) items.push(...decoder.push(bytes.subarray(at, at + piece)));
    decoder.end();
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    holds(error.items === items.length, 'the error counts other items than were given');
    holds(error.offset <= bytes.length, 'the fault is behind the end of the file');
    return { items, fault: error.fault };
  }
  return { items, fault: undefined };
}

/** With right checksums, as far as there are blocks. */
function sealed(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = preamble; at + blockHead <= copy.length;) {
    const end = at + blockHead + copy.readUInt32BE(at + 1);
    if (end > copy.length) break;
    copy.writeUInt32BE(crc32(copy.subarray(at + blockHead, end), crc32(copy.subarray(at, at + 5))), at + 5);
    at = end;
  }
  return copy;
}

function written(items: readonly SnapshotItem[]): Buffer {
  const encoder = new SnapshotEncoder();
  const pieces = [encoder.begin(1_700_000_000), ...items.map((item) => encoder.add(item)), encoder.end()];
  return Buffer.concat(pieces.filter((piece) => piece !== undefined));
}

function check(bytes: Buffer): string {
  const whole = read(bytes, Math.max(1, bytes.length));
  holdsSame(read(bytes, 7), whole, 'in other pieces it is read in another way');
  const again = read(written(whole.items), 4096);
  holdsSame(again, { items: whole.items, fault: undefined }, 'written and read again it is something else');
  return `${whole.fault ?? 'whole'} ${Math.min(3, whole.items.length)}`;
}

function item(key: string, value: string, given: Partial<SnapshotItem> = {}): SnapshotItem {
  const usual = { flags: 0, exptime: 0, cas: 0n, isBase64: false };
  return { key: Buffer.from(key), value: Buffer.from(value), ...usual, ...given };
}

const seeds = [
  [],
  [item('a', 'value', { flags: 7, exptime: 1_800_000_000, cas: 9n })],
  [item('with blank', '', { isBase64: true }), item('b', 'x'.repeat(300)), item('k'.repeat(250), '\r\n')],
];

export const snapshots: Target = {
  name: 'snapshots',
  seeds: seeds.map((items) => written(items).toString('latin1')),
  words: ['\x89MFS\r\n\0\x01', '\x01', '\x02', '\x03', '\0\0\0\0', '\xff\xff\xff\xff', '{"created":1,"creator":"x"}'],
  run(input) {
    const bytes = Buffer.from(input, 'latin1');
    return `${check(bytes)} ${check(sealed(bytes))}`;
  },
};
