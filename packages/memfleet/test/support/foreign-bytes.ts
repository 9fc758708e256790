/** Bytes that other clients wrote. */
import type { Transcoder } from '../../src/client/index.ts';
import { stored } from './stored-values.ts';

/** What a transcoder reads. */
export function decode(transcoder: Transcoder<unknown>, flags: number, data: string | Uint8Array): unknown {
  return transcoder.decode(stored({ data, flags }));
}

/** Bytes from hex digits, with spaces between them. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** The length before the compressed bytes, as PHP writes them. */
export function behindLength(length: number, packed: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(length);
  return Buffer.concat([head, packed]);
}
