/**
 * Values compressed by Snappy on the wire, on connections whose node granted it:
 *
 *   store ─ a value of `minSize` bytes or more ─ compressed to `minRatio` of them or less ─▶ datatype Snappy
 *                                             └ not ─▶ as it is
 *   reply with datatype Snappy ─▶ the value as it was; bytes that are not Snappy ─▶ an error of this call
 *
 * Nobody else sees compressed values, so the proxy's clients and transcoders know nothing of them. What it costs:
 * docs/performance.md, "Snappy".
 */
import { copyLimit } from '../base/byte-writer.ts';
import { latin1Write } from '../base/bytes.ts';
import type { ValuePacker } from '../connection/value-packer.ts';
import { type Command, derive, isJoin } from '../core/command.ts';
import type { Reply } from '../core/reply.ts';
import { opcodeOf } from '../protocol/binary/command-opcode.ts';
import { datatype } from '../protocol/binary/header.ts';
import { compress } from '../protocol/snappy/compress.ts';
import { uncompress } from '../protocol/snappy/uncompress.ts';
import { type CompressionBounds, maxValueSize } from './compression-options.ts';

/** The memory for results that are copied at once, and for texts to compress. */
const scratch = Buffer.allocUnsafeSlow(copyLimit);
const textScratch = Buffer.allocUnsafeSlow(copyLimit);

/** Compresses the values of stores and uncompresses those of replies. */
export class SnappyValues implements ValuePacker {
  readonly #minSize: number;
  readonly #minRatio: number;

  constructor({ minSize, minRatio }: CompressionBounds) {
    this.#minSize = minSize;
    this.#minRatio = minRatio;
  }

  pack(command: Command): Command {
    const { packet, value, verb } = command;
    if (verb !== 'store' || value.length < this.#minSize || value.length > maxValueSize) return command;
    if (isJoin(command) || ((packet?.datatype ?? 0) & datatype.snappy) !== 0) return command;
    const limit = Math.floor(value.length * this.#minRatio);
    const output = limit <= scratch.length ? scratch : Buffer.allocUnsafeSlow(limit);
    const length = compress(bytesOf(value), output, limit);
    if (length < 0) return command;
    return derive(command, {
      value: length <= copyLimit ? output.subarray(0, length) : Buffer.from(output.subarray(0, length)),
      packet: {
        ...packet,
        opcode: opcodeOf(command),
        opaque: packet?.opaque ?? 0,
        datatype: (packet?.datatype ?? 0) | datatype.snappy,
      },
    });
  }

  unpack(reply: Reply): void {
    const isPacked = (reply.datatype & datatype.snappy) !== 0;
    // Clients of a proxy have not been granted any datatype.
    reply.datatype = datatype.raw;
    if (!isPacked || reply.status === 'error') return;
    try {
      const value = uncompress(bytesOf(reply.raw()), maxValueSize);
      reply.setBytes(value, 0, value.length, true);
    } catch (error) {
      const { opaqueNumber, opcode } = reply;
      reply.setError('server', `the value is not what it claims to be: ${(error as Error).message}`);
      reply.opaqueNumber = opaqueNumber;
      reply.opcode = opcode;
    }
  }
}

/** For connections whose values are never compressed. */
export const plainValues: ValuePacker = new SnappyValues({ minSize: Infinity, minRatio: 0 });

function bytesOf(value: string | Uint8Array): Uint8Array {
  if (typeof value !== 'string') return value;
  if (value.length > textScratch.length) return Buffer.from(value, 'latin1');
  latin1Write(textScratch, value, 0);
  return textScratch.subarray(0, value.length);
}
