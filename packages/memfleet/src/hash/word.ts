/** Four bytes of a byte string from `at` on as a little-endian signed 32-bit number. All four must be there. */
export function word(bytes: string, at: number): number {
  return (
    bytes.charCodeAt(at) |
    (bytes.charCodeAt(at + 1) << 8) |
    (bytes.charCodeAt(at + 2) << 16) |
    (bytes.charCodeAt(at + 3) << 24)
  );
}

/**
 * The bytes of a byte string from `at` to `end`, at most four, as a little-endian signed 32-bit number; missing bytes
 * are 0.
 */
export function partialWord(bytes: string, at: number, end: number): number {
  let value = 0;
  for (let i = at, shift = 0; i < end && shift < 32; i++, shift += 8) value |= bytes.charCodeAt(i) << shift;
  return value;
}
