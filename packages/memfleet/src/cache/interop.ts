/** Other clients that read and write the same keys: the transcoder for their values. */
import type { Transcoder } from '../client/transcoder.ts';
import * as transcoders from '../client/transcoders.ts';
import { InvalidOptionError } from '../core/errors.ts';

const transcoderNames = {
  django: 'python',
  php: 'php',
  dalli: 'dalli',
  spymemcached: 'spymemcached',
  memcacheClient: 'memcacheClient',
  memjs: 'memjs',
} as const;

/** The client that shares the keys. */
export type Interop = keyof typeof transcoderNames;

/** The names of all of them. */
export const interops: readonly Interop[] = Object.keys(transcoderNames) as Interop[];

/** How values are stored for the other client. */
export function transcoderFor(interop: Interop): Transcoder<unknown> {
  const found = (transcoders as Readonly<Record<string, unknown>>)[transcoderNames[interop]];
  if (found === undefined)
    throw new InvalidOptionError(`option "interop": there is no transcoder "${interop}"`, 'interop');
  return found as Transcoder<unknown>;
}
