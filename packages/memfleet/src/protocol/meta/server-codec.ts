/** The meta protocol as a server speaks it. */
import { AsciiCommandDecoder } from '../ascii/command-decoder.ts';
import { defaultLimits, type ServerCodec } from '../codec.ts';
import { encodeMetaReply } from './encode-reply.ts';
import { metaVerbs } from './parse-command.ts';

/** memcached `protocol.txt` with the meta commands. Classic lines are read as well: clients send both. */
export const metaServerCodec: ServerCodec = {
  protocol: 'meta',
  encodeReply: encodeMetaReply,
  commandDecoder: (sink, limits, texts, allocate) =>
    new AsciiCommandDecoder(metaVerbs, sink, { ...defaultLimits, ...limits }, texts, allocate),
};
