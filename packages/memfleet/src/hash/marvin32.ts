/**
 * Marvin32 (Niels Ferguson, Microsoft; the string hash of .NET): 32 bits with a secret of 64 bits. It is for hash
 * tables with untrusted keys: without the secret, a client cannot choose keys that collide. It costs about 8 operations
 * for 4 bytes.
 *
 * @param bytes where they lie
 * @param start the first
 * @param length how many
 * @param low the low half of the secret
 * @param high the high half of the secret
 * @returns an unsigned 32-bit number: the two halves of the original's 64 bits, one XOR the other
 */
export function marvin32(bytes: DataView, start: number, length: number, low: number, high: number): number {
  let a = low | 0;
  let b = high | 0;
  let at = start;
  for (let rest = length; ; rest -= 4) {
    if (rest >= 4) a = (a + bytes.getInt32(at, true)) | 0;
    else if (rest >= 0) a = (a + tail(bytes, at, rest)) | 0;
    b ^= a;
    a = (((a << 20) | (a >>> 12)) + b) | 0;
    b = ((b << 9) | (b >>> 23)) ^ a;
    a = (((a << 27) | (a >>> 5)) + b) | 0;
    b = (b << 19) | (b >>> 13);
    if (rest < 0) return (a ^ b) >>> 0;
    // One more round behind the end, with nothing added.
    if (rest < 4) rest = 0;
    at += 4;
  }
}

/** The last 0 … 3 bytes with a mark behind them, so that `a` and `a\0` differ. */
function tail(bytes: DataView, at: number, length: number): number {
  let last = 0x80 << (8 * length);
  for (let i = 0; i < length; i++) last |= bytes.getUint8(at + i) << (8 * i);
  return last;
}
