import { utf8Text } from './utf8.ts';

/**
 * Java's `String.hashCode`: 31 × hash + char, over UTF-16 code units, as a signed 32-bit number.
 *
 * @param bytes a byte string that holds UTF-8; if it does not, its bytes are hashed
 */
export function javaString(bytes: string): number {
  const text = utf8Text(bytes);
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}
