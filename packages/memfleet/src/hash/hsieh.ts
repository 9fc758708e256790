/**
 * Paul Hsieh's SuperFastHash as in twemproxy (and in builds of libmemcached that have it; Debian's has not). The odd
 * third byte of the tail is a signed `char` on x86.
 *
 * @param bytes a byte string
 * @returns an unsigned 32-bit number
 */
export function hsieh(bytes: string): number {
  const length = bytes.length;
  const whole = length & ~3;
  let hash = 0;
  for (let at = 0; at < whole; at += 4) {
    hash = (hash + pair(bytes, at)) | 0;
    hash = (hash << 16) ^ (pair(bytes, at + 2) << 11) ^ hash;
    hash = (hash + (hash >>> 11)) | 0;
  }
  hash = tail(hash, bytes, whole);
  hash ^= hash << 3;
  hash = (hash + (hash >>> 5)) | 0;
  hash ^= hash << 4;
  hash = (hash + (hash >>> 17)) | 0;
  hash ^= hash << 25;
  hash = (hash + (hash >>> 6)) | 0;
  return hash >>> 0;
}

function pair(bytes: string, at: number): number {
  return bytes.charCodeAt(at) | (bytes.charCodeAt(at + 1) << 8);
}

function tail(hash: number, bytes: string, at: number): number {
  switch (bytes.length - at) {
    case 3:
      hash = (hash + pair(bytes, at)) | 0;
      hash ^= hash << 16;
      hash ^= ((bytes.charCodeAt(at + 2) << 24) >> 24) << 18;
      return (hash + (hash >>> 11)) | 0;
    case 2:
      hash = (hash + pair(bytes, at)) | 0;
      hash ^= hash << 11;
      return (hash + (hash >>> 17)) | 0;
    case 1:
      hash = (hash + bytes.charCodeAt(at)) | 0;
      hash ^= hash << 10;
      return (hash + (hash >>> 1)) | 0;
    default:
      return hash;
  }
}
