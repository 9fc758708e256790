/**
 * The meta protocol, all four corners. Its decoders accept the classic lines as well: a node supports both on one
 * connection.
 */
import type { Codec } from '../codec.ts';
import { metaClientCodec } from './client-codec.ts';
import { metaServerCodec } from './server-codec.ts';

/** memcached `protocol.txt` with the meta commands. */
export const metaCodec: Codec = { ...metaClientCodec, ...metaServerCodec };
