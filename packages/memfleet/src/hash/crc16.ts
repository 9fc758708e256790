/** CRC-16 table of the CCITT polynomial 0x1021, not reflected. Made at the first use: few processes need it. */
let ccitt: Uint16Array | undefined;

function makeTable(): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    return crc;
  });
}

/**
 * CRC-16 as twemproxy computes it: start 0, and the register is 32 bits wide and never cut to 16, so that the result
 * has 32 bits.
 *
 * @param bytes a byte string
 * @returns an unsigned 32-bit number
 */
export function crc16(bytes: string): number {
  const table = (ccitt ??= makeTable());
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) crc = (crc << 8) ^ table[((crc >>> 8) ^ bytes.charCodeAt(i)) & 0xff]!;
  return crc >>> 0;
}
