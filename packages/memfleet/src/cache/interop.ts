/** Other clients that read and write the same keys: the transcoder for their values. */
import type { Transcoder } from '../client/transcoder.ts';
import { dalli, memcacheClient, memjs, php, python, spymemcached } from '../client/transcoders.ts';

/** The client that shares the keys; `django`: on pymemcache or pylibmc. */
export type Interop = 'django' | 'php' | 'dalli' | 'spymemcached' | 'memcacheClient' | 'memjs';

const transcoders: Readonly<Record<Interop, Transcoder<unknown>>> = {
  django: python,
  php,
  dalli,
  spymemcached,
  memcacheClient,
  memjs,
};

/** The names of all of them. */
export const interops: readonly Interop[] = Object.keys(transcoders) as Interop[];

/** How values are stored for the other client. */
export function transcoderFor(interop: Interop): Transcoder<unknown> {
  return transcoders[interop];
}
