/**
 * The meta protocol, all four corners. Its decoders accept the classic lines as well: a node supports both on one
 * connection.
 */
import { AsciiCommandDecoder } from '../ascii/command-decoder.ts';
import { AsciiReplyDecoder, type ParseLine, unknownLine } from '../ascii/reply-decoder.ts';
import { type Codec, defaultLimits } from '../codec.ts';
import { parseTextLine } from '../text/reply-lines.ts';
import { encodeMetaCommand } from './encode-command.ts';
import { encodeMetaReply } from './encode-reply.ts';
import { metaVerbs } from './parse-command.ts';
import { parseMetaLine } from './reply-lines.ts';

/** A line of either. */
const parseLine: ParseLine = (buffer, start, end, reply) => {
  const outcome = parseMetaLine(buffer, start, end, reply);
  return outcome === unknownLine ? parseTextLine(buffer, start, end, reply) : outcome;
};

/** memcached `protocol.txt` with the meta commands. */
export const metaCodec: Codec = {
  protocol: 'meta',
  encodeCommand: encodeMetaCommand,
  replyDecoder: (sink, limits, expectation) =>
    new AsciiReplyDecoder(parseLine, sink, { ...defaultLimits, ...limits }, expectation),
  encodeReply: encodeMetaReply,
  commandDecoder: (sink, limits, texts, allocate) =>
    new AsciiCommandDecoder(metaVerbs, sink, { ...defaultLimits, ...limits }, texts, allocate),
};
