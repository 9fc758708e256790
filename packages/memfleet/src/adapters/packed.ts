/** Values of two parts: the length of the head in four bytes, the head as JSON, the body. */
import { asBuffer } from '../base/bytes.ts';

/** A head and a body. */
export interface Packed<Head> {
  readonly head: Head;
  readonly body: Buffer;
}

/** The bytes of both. `head`: as JSON. */
export function pack(head: Uint8Array, body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, body]);
}

/** Undefined if the bytes are not packed. */
export function unpack<Head extends object>(packed: Uint8Array | undefined): Packed<Head> | undefined {
  if (packed === undefined || packed.length < 4) return undefined;
  const buffer = asBuffer(packed);
  const end = 4 + buffer.readUInt32BE();
  try {
    const head: unknown = JSON.parse(buffer.toString('utf8', 4, end));
    return typeof head === 'object' && head !== null ? { head: head as Head, body: buffer.subarray(end) } : undefined;
  } catch {
    return undefined;
  }
}
