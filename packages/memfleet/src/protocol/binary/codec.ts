/** The four corners of the binary protocol, each in a file of its own. */
import type { Codec } from '../codec.ts';
import { binaryCommandDecoder } from './command-decoder.ts';
import { encodePacketCommand } from './command-encoder.ts';
import { feature } from './hello.ts';
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

const collectionsCodec: Codec = Object.freeze({
  ...binaryCodec,
  encodeCommand: (command, writer, opaque) =>
    encodePacketCommand(command, writer, opaque ?? command.packet?.opaque ?? 0, true),
} satisfies Codec);

/** The binary protocol as it is on a connection to which a node granted these features of HELLO. */
export function negotiatedCodec(features: readonly number[]): Codec {
  return features.includes(feature.collections) ? collectionsCodec : binaryCodec;
}
