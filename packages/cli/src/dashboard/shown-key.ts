/** Keys as people can read them. */

/** Characters that control a terminal, or the direction of what stands beside them, and what is no character. */
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\uFFFD]/u;

/** A byte string as text: UTF-8 where it is, and otherwise with `\xNN` for each byte that is not printable ASCII. */
export function shownKey(key: string): string {
  const text = Buffer.from(key, 'latin1').toString();
  if (!invisible.test(text)) return text;
  return key.replaceAll(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
