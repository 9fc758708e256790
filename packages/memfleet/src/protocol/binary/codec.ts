/** The four corners of the binary protocol, each in a file of its own. */
import type { Codec } from '../codec.ts';
import { binaryCommandDecoder } from './command-decoder.ts';
import { encodePacketCommand } from './command-encoder.ts';
import { binaryReplyDecoder } from './reply-decoder.ts';
import { encodeBinaryReply } from './reply-encoder.ts';

/**
 * The binary protocol of memcached and Couchbase (memcached `protocol_binary.h`). `encodeCommand` uses the command's own opaque or 0; a connection that pairs by opaque
 * calls `encodePacketCommand` with a number of its own.
 */
export const binaryCodec: Codec = Object.freeze({
  protocol: 'binary',
  encodeCommand: (command, writer) => encodePacketCommand(command, writer, command.packet?.opaque ?? 0),
  replyDecoder: binaryReplyDecoder,
  encodeReply: encodeBinaryReply,
  commandDecoder: binaryCommandDecoder,
} satisfies Codec);
