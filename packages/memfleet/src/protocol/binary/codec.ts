/** The four corners of the binary protocol, each in a file of its own. */
import type { Codec } from '../codec.ts';
import { binaryCommandDecoder } from './command-decoder.ts';
import { encodePacketCommand } from './command-encoder.ts';
import { binaryReplyDecoder } from './reply-decoder.ts';
import { encodeBinaryReply } from './reply-encoder.ts';

/**
 * The binary protocol of memcached and Couchbase (memcached `protocol_binary.h`). `encodeCommand` uses the opaque it is
 * given, else the command's own or 0.
 */
export const binaryCodec: Codec = Object.freeze({
  protocol: 'binary',
  encodeCommand: (command, writer, opaque) =>
    encodePacketCommand(command, writer, opaque ?? command.packet?.opaque ?? 0),
  replyDecoder: binaryReplyDecoder,
  encodeReply: encodeBinaryReply,
  commandDecoder: binaryCommandDecoder,
} satisfies Codec);
