import type { Encoded, StoredValue } from '../../../src/client/transcoder.ts';

/** What a node gives back for what was sent to it. */
export function stored({ data, flags }: Encoded): StoredValue {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data);
  return {
    flags,
    length: bytes.length,
    bytes: () => bytes,
    utf8: () => bytes.toString(),
    text: () => bytes.toString('latin1'),
  };
}
