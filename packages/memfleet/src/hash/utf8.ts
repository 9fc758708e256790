/*
 * Some libraries hash the text of a key, not its bytes. A key that is not ASCII must be decoded again before it is
 * hashed as they do.
 */

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of a byte string that holds UTF-8, in UTF-16 code units as Java and JavaScript count them. A byte string
 * that is not UTF-8 is returned as it is: a library that accepts only texts cannot have written such a key.
 */
export function utf8Text(bytes: string): string {
  if (isAscii(bytes)) return bytes;
  try {
    return decoder.decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
  } catch {
    return bytes;
  }
}

/** One char per code point of the text, holding the low 8 bits of the code point. */
export function codePointString(bytes: string): string {
  if (isAscii(bytes)) return bytes;
  let low = '';
  for (const point of utf8Text(bytes)) low += String.fromCharCode(point.codePointAt(0)! & 0xff);
  return low;
}

/** Whether no byte is above 0x7f. */
function isAscii(bytes: string): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes.charCodeAt(i) > 0x7f) return false;
  return true;
}
