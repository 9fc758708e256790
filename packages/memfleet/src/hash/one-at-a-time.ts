/**
 * Bob Jenkins' one-at-a-time hash, the default of libmemcached. The original adds plain C `char`s, which are signed on
 * x86: bytes from 0x80 on are sign-extended here too, so that non-ASCII keys go where an x86 build of libmemcached or
 * twemproxy puts them.
 *
 * @param bytes a byte string
 * @returns an unsigned 32-bit number
 */
export function oneAtATime(bytes: string): number {
  let hash = 0;
  for (let i = 0; i < bytes.length; i++) {
    hash = (hash + ((bytes.charCodeAt(i) << 24) >> 24)) | 0;
    hash = (hash + (hash << 10)) | 0;
    hash ^= hash >>> 6;
  }
  hash = (hash + (hash << 3)) | 0;
  hash ^= hash >>> 11;
  hash = (hash + (hash << 15)) | 0;
  return hash >>> 0;
}
