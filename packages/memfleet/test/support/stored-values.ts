/** Values as nodes return them. */
import type { Encoded, StoredValue, Transcoder } from '../../src/client/transcoder.ts';
import { storedBytes } from '../../src/client/transcoders/stored-value.ts';

/** What a node returns for what was sent to it. */
export function stored({ data, flags }: Encoded): StoredValue {
  return storedBytes(typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data), flags);
}

/** What a transcoder reads of what it wrote. */
export function roundTrip<T>(transcoder: Transcoder<T>, value: T): T {
  return transcoder.decode(stored(transcoder.encode(value)));
}
