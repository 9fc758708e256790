/** The classic text protocol as a server speaks it. */
import { AsciiCommandDecoder } from '../ascii/command-decoder.ts';
import { defaultLimits, type ServerCodec } from '../codec.ts';
import { encodeTextReply } from './encode-reply.ts';
import { textVerbs } from './parse-command.ts';

/** memcached `protocol.txt` without the meta commands. */
export const textServerCodec: ServerCodec = {
  protocol: 'text',
  encodeReply: encodeTextReply,
  commandDecoder: (sink, limits, texts, allocate) =>
    new AsciiCommandDecoder(textVerbs, sink, { ...defaultLimits, ...limits }, texts, allocate),
};
