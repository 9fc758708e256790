/**
 * The datatype of an item: whether its value is JSON, and whether it is stored compressed by Snappy.
 *
 *   request, datatype Snappy ─ the session has no Snappy ─────────▶ invalid
 *                            ├ no Snappy, or too large ───────────▶ invalid, too large
 *                            └ mode off, or too little is saved ──▶ stored as it was before
 *   reply ─ the session has Snappy ─ the value as it is stored
 *         └ it has not ───────────── the value as it was before
 *
 * As kv_engine does it (`mutation_context.cc`, `item_dissector.cc`): the node alone decides what is JSON, counters and
 * joined values are stored as they are, mode `active` compresses what clients did not.
 */
import { isUtf8 } from 'node:buffer';
import { asBuffer, bufferOf } from '../../base/bytes.ts';
import { type Command, isJoin } from '../../core/command.ts';
import { status } from '../../core/status.ts';
import { datatype } from '../../protocol/binary/header.ts';
import { feature } from '../../protocol/binary/hello.ts';
import { compress } from '../../protocol/snappy/compress.ts';
import { uncompress } from '../../protocol/snappy/uncompress.ts';
import { parses } from './sub-document/json-text.ts';

/** What a bucket does with compressed values. */
export type CompressionMode = 'off' | 'passive' | 'active';

/** kv_engine `min_compression_ratio`: a value that is compressed by less is stored as it was. */
const minGain = 1.2;

/** The datatypes that HELLO granted. */
export function grantedTypes(features: ReadonlySet<number>): number {
  return (features.has(feature.json) ? datatype.json : 0) | (features.has(feature.snappy) ? datatype.snappy : 0);
}

/**
 * Checks the datatype of a request and prepares its value for the store. Returns the status with which it is refused,
 * or 0. Afterwards the datatype says only whether the value is compressed.
 */
export function prepareValue(command: Command, granted: number, mode: CompressionMode, maxValue: number): number {
  const type = command.packet?.datatype ?? datatype.raw;
  if (type === datatype.raw) return status.success;
  if (command.verb !== 'store' || (type & ~granted) !== 0) return status.invalidArguments;
  let isPacked = (type & datatype.snappy) !== 0;
  if (isPacked) {
    const packed = bufferOf(command.value);
    const value = unpacked(packed, maxValue);
    if (typeof value === 'number') return value;
    if (isJoin(command) || mode === 'off' || value.length < packed.length * minGain) {
      command.value = value;
      isPacked = false;
    }
  }
  command.packet = { ...command.packet!, datatype: isPacked ? datatype.snappy : datatype.raw };
  return status.success;
}

/** The value, or the status with which it is refused. */
function unpacked(packed: Uint8Array, maxValue: number): Buffer | number {
  try {
    // Longer values are read as well, to be told from those that are no Snappy.
    const value = uncompress(packed, 2 * maxValue);
    return value.length > maxValue ? status.tooLarge : value;
  } catch {
    return status.invalidArguments;
  }
}

/** The value compressed, if that saves enough. */
export function packedValue(value: Uint8Array): Buffer | undefined {
  const output = Buffer.allocUnsafe(Math.floor(value.length / minGain));
  const length = compress(value, output, output.length);
  return length < 0 ? undefined : output.subarray(0, length);
}

/** The value of an item as it was before it was compressed. */
export function plainValue(value: Uint8Array, type: number, maxValue: number): Uint8Array {
  return (type & datatype.snappy) === 0 ? value : uncompress(value, maxValue);
}

/** Bytes with which a JSON text can begin, and end. */
const firstBytes = new Set(Buffer.from('{["-0123456789tfn \t\r\n'));

/** The datatype of a value that is not compressed: JSON where it is any JSON value, in UTF-8. */
export function typeOfValue(value: Uint8Array): number {
  if (value.length === 0 || !firstBytes.has(value[0]!) || !isUtf8(value)) return datatype.raw;
  return parses(asBuffer(value).toString()) ? datatype.json : datatype.raw;
}
