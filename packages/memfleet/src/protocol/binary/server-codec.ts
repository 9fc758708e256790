/** The binary protocol as a server speaks it. */
import type { ServerCodec } from '../codec.ts';
import { binaryCommandDecoder } from './command-decoder.ts';
import { encodeBinaryReply } from './reply-encoder.ts';

/** The replies and requests of memcached's `protocol_binary.h`. */
export const binaryServerCodec: ServerCodec = Object.freeze({
  protocol: 'binary',
  encodeReply: encodeBinaryReply,
  commandDecoder: binaryCommandDecoder,
} satisfies ServerCodec);
