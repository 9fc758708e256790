/** The classic text protocol, all four corners. */
import { AsciiCommandDecoder } from '../ascii/command-decoder.ts';
import { AsciiReplyDecoder } from '../ascii/reply-decoder.ts';
import { type Codec, defaultLimits } from '../codec.ts';
import { encodeTextCommand } from './encode-command.ts';
import { encodeTextReply } from './encode-reply.ts';
import { textVerbs } from './parse-command.ts';
import { parseTextLine } from './reply-lines.ts';

/** memcached `protocol.txt` without the meta commands. */
export const textCodec: Codec = {
  protocol: 'text',
  encodeCommand: encodeTextCommand,
  replyDecoder: (sink, limits, expectation) =>
    new AsciiReplyDecoder(parseTextLine, sink, { ...defaultLimits, ...limits }, expectation),
  encodeReply: encodeTextReply,
  commandDecoder: (sink, limits, texts, allocate) =>
    new AsciiCommandDecoder(textVerbs, sink, { ...defaultLimits, ...limits }, texts, allocate),
};
