/** Bytes in, values out: what the tests of this folder share. */
import { ByteWriter } from '../../../../src/base/byte-writer.ts';
import { Command, type PacketFields, type Verb } from '../../../../src/core/command.ts';
import type { Reply } from '../../../../src/core/reply.ts';
import { binaryCodec } from '../../../../src/protocol/binary/codec.ts';
import type { BinaryReplySink } from '../../../../src/protocol/binary/reply-decoder.ts';
import type { Decoder, Limits } from '../../../../src/protocol/codec.ts';

/** Bytes from hex digits; spaces and line ends are for the eye. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(/\s/g, ''), 'hex');
}

/** What is written, as one buffer. */
export function written(write: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter();
  write(writer);
  return Buffer.concat(writer.take());
}

export function encoded(...commands: readonly Command[]): Buffer {
  return written((writer) => commands.forEach((command) => binaryCodec.encodeCommand(command, writer)));
}

export function answered(reply: Reply, to: Command): Buffer {
  return written((writer) => binaryCodec.encodeReply(reply, to, writer));
}

/** A command with some fields set; `packet` fields may be given in part. */
export function commandOf(
  verb: Verb,
  { packet, ...fields }: Partial<Omit<Command, 'packet'>> & { packet?: Partial<PacketFields> } = {},
): Command {
  const command = Object.assign(new Command(verb), fields);
  if (packet !== undefined) command.packet = { opcode: 0, opaque: 0, ...packet };
  return command;
}

/**
 * Pushes bytes in chunks of the given sizes (the last one takes the rest), as a connection does: every chunk lies in
 * the same plain Uint8Array, which is overwritten after the call; when the decoder names a target, the bytes go there
 * instead.
 */
export function feed(decoder: Decoder, bytes: Uint8Array, sizes: readonly number[] = []): void {
  const room = new Uint8Array(bytes.length);
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    const target = decoder.target();
    const count = Math.min(size, bytes.length - at, target?.length ?? bytes.length);
    const piece = bytes.subarray(at, at + count);
    at += count;
    if (target === undefined) {
      room.set(piece);
      decoder.push(room.subarray(0, count));
      room.fill(0xdd);
    } else {
      target.set(piece);
      decoder.filled(count);
    }
  }
  if (at < bytes.length) feed(decoder, bytes.subarray(at));
}

/** A reply that may be kept. */
export interface KeptReply {
  readonly status: Reply['status'];
  readonly part: Reply['part'];
  readonly opcode: number;
  readonly opaque: number;
  readonly code: number;
  readonly key: string;
  readonly flags: number;
  readonly cas: bigint;
  readonly datatype: number;
  readonly extras: string | undefined;
  readonly token: Reply['token'];
  readonly value: string | undefined;
  readonly message: string;
  readonly errorKind: Reply['errorKind'] | undefined;
  readonly isOwned: boolean;
}

export function keep(reply: Reply): KeptReply {
  return {
    status: reply.status,
    part: reply.part,
    opcode: reply.opcode,
    opaque: reply.opaqueNumber,
    code: reply.code,
    key: reply.key,
    flags: reply.flags,
    cas: reply.cas,
    datatype: reply.datatype,
    extras: reply.extras === undefined ? undefined : Buffer.from(reply.extras).toString('latin1'),
    token: reply.token,
    value: reply.hasValue ? reply.text() : undefined,
    message: reply.message,
    errorKind: reply.status === 'error' ? reply.errorKind : undefined,
    isOwned: reply.isOwned,
  };
}

/** All replies in the bytes; the stream must end between packets. */
export function repliesIn(bytes: Uint8Array, sizes: readonly number[] = [], limits?: Partial<Limits>): KeptReply[] {
  const replies: KeptReply[] = [];
  const decoder = binaryCodec.replyDecoder({ onReply: (reply) => void replies.push(keep(reply)) }, limits);
  feed(decoder, bytes, sizes);
  decoder.end();
  return replies;
}

/** Replies and pushes in the bytes. */
export function wordsIn(bytes: Uint8Array): { replies: KeptReply[]; pushes: KeptReply[] } {
  const replies: KeptReply[] = [];
  const pushes: KeptReply[] = [];
  const sink: BinaryReplySink = {
    onReply: (reply) => void replies.push(keep(reply)),
    onPush: (reply) => void pushes.push(keep(reply)),
  };
  feed(binaryCodec.replyDecoder(sink), bytes);
  return { replies, pushes };
}

/** All commands in the bytes; the stream must end between packets. */
export function commandsIn(bytes: Uint8Array, sizes: readonly number[] = [], limits?: Partial<Limits>): Command[] {
  const commands: Command[] = [];
  const decoder = binaryCodec.commandDecoder({ onCommand: (command) => void commands.push(command) }, limits);
  feed(decoder, bytes, sizes);
  decoder.end();
  return commands;
}

/** Cuts a stream of whole packets. */
export function packetsIn(bytes: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 24 + bytes.readUInt32BE(at + 8);
    packets.push(bytes.subarray(at, end));
    at = end;
  }
  return packets;
}
