/** The meta protocol as the client of a node speaks it. */
import { AsciiReplyDecoder, type ParseLine, unknownLine } from '../ascii/reply-decoder.ts';
import { type ClientCodec, defaultLimits } from '../codec.ts';
import { parseTextLine } from '../text/reply-lines.ts';
import { encodeMetaCommand } from './encode-command.ts';
import { parseMetaLine } from './reply-lines.ts';

/** A line of either. */
const parseLine: ParseLine = (buffer, start, end, reply) => {
  const outcome = parseMetaLine(buffer, start, end, reply);
  return outcome === unknownLine ? parseTextLine(buffer, start, end, reply) : outcome;
};

/** memcached `protocol.txt` with the meta commands. Replies may be classic lines as well: a node sends both. */
export const metaClientCodec: ClientCodec = {
  protocol: 'meta',
  encodeCommand: encodeMetaCommand,
  replyDecoder: (sink, limits, expectation) =>
    new AsciiReplyDecoder(parseLine, sink, { ...defaultLimits, ...limits }, expectation),
};
