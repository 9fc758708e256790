/** CRC-32 of bytes: zlib's where the runtime has it, which is some 20 times as fast. */
import * as zlib from 'node:zlib';
import { latin1Of } from '../base/bytes.ts';
import { crc32 as crc32OfText } from '../hash/crc32.ts';

const native = (zlib as { readonly crc32?: (bytes: Uint8Array) => number }).crc32;

/** The CRC-32 of IEEE 802.3, an unsigned number of 32 bits. */
export const checksum: (bytes: Uint8Array) => number =
  native === undefined ? (bytes) => crc32OfText(latin1Of(bytes)) : (bytes) => native(bytes);
