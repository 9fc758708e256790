/** The classic text protocol as the client of a node speaks it. */
import { AsciiReplyDecoder } from '../ascii/reply-decoder.ts';
import { type ClientCodec, defaultLimits } from '../codec.ts';
import { encodeTextCommand } from './encode-command.ts';
import { parseTextLine } from './reply-lines.ts';

/** memcached `protocol.txt` without the meta commands. */
export const textClientCodec: ClientCodec = {
  protocol: 'text',
  encodeCommand: encodeTextCommand,
  replyDecoder: (sink, limits, expectation) =>
    new AsciiReplyDecoder(parseTextLine, sink, { ...defaultLimits, ...limits }, expectation),
};
