/** The four corners of the binary protocol, each in a file of its own. */
import type { Codec } from '../codec.ts';
import { binaryClientCodec } from './client-codec.ts';
import { binaryServerCodec } from './server-codec.ts';

/** The binary protocol of memcached and Couchbase (memcached `protocol_binary.h`). */
export const binaryCodec: Codec = Object.freeze({ ...binaryClientCodec, ...binaryServerCodec });
