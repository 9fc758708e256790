/** The table of a reflected polynomial, one entry per byte. Made at the first use: few processes need one. */
function tableOf(polynomial: number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });
}

let ieee: Int32Array | undefined;

/**
 * CRC-32 as in IEEE 802.3 and zlib: reflected polynomial 0xEDB88320, start and final XOR 0xFFFFFFFF. twemproxy calls it
 * `crc32a`; gomemcache, Dalli and the vBucket rule use it as it is.
 *
 * @param bytes a byte string
 * @returns an unsigned 32-bit number
 */
export function crc32(bytes: string): number {
  const table = (ieee ??= tableOf(0xedb88320));
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes.charCodeAt(i)) & 0xff]!;
  return ~crc >>> 0;
}

let castagnoli: Int32Array | undefined;

/** CRC-32C (Castagnoli, RFC 3720) of a byte string: an unsigned 32-bit number. */
export function crc32c(bytes: string): number {
  const table = (castagnoli ??= tableOf(0x82f63b78));
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes.charCodeAt(i)) & 0xff]!;
  return ~crc >>> 0;
}

/**
 * The 15 bits of a CRC-32 that libmemcached calls `crc`, twemproxy `crc32`, python-memcached its default, and of which
 * a vBucket number is made. Because it has 15 bits only, it does not spread over a ring.
 *
 * @returns 0 … 32 767
 */
export function crc32Libmemcached(bytes: string): number {
  return (crc32(bytes) >>> 16) & 0x7fff;
}
