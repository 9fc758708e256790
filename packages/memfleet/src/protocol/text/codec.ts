/** The classic text protocol, all four corners. */
import type { Codec } from '../codec.ts';
import { textClientCodec } from './client-codec.ts';
import { textServerCodec } from './server-codec.ts';

/** memcached `protocol.txt` without the meta commands. */
export const textCodec: Codec = { ...textClientCodec, ...textServerCodec };
