/** The binary protocol as the client of a node speaks it. */
import type { ClientCodec } from '../codec.ts';
import { encodePacketCommand } from './command-encoder.ts';
import { feature } from './hello.ts';
import { binaryReplyDecoder } from './reply-decoder.ts';

/** `encodeCommand` uses the opaque it is given, else the command's own or 0. */
export const binaryClientCodec: ClientCodec = Object.freeze({
  protocol: 'binary',
  encodeCommand: (command, writer, opaque) =>
    encodePacketCommand(command, writer, opaque ?? command.packet?.opaque ?? 0),
  replyDecoder: binaryReplyDecoder,
} satisfies ClientCodec);

const collectionsCodec: ClientCodec = Object.freeze({
  ...binaryClientCodec,
  encodeCommand: (command, writer, opaque) =>
    encodePacketCommand(command, writer, opaque ?? command.packet?.opaque ?? 0, true),
} satisfies ClientCodec);

/** The binary protocol as it is on a connection to which a node granted these features of HELLO. */
export function negotiatedCodec(features: readonly number[]): ClientCodec {
  return features.includes(feature.collections) ? collectionsCodec : binaryClientCodec;
}
