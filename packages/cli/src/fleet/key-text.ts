/** Keys as bytes of the wire: how they are shown, and which of them a command is about. */
import type { Matches } from './glob.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a key, URL-encoded where it would act on a terminal or look like two keys. */
export function textOf(key: Uint8Array): string {
  try {
    const text = utf8.decode(key);
    if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return text;
  } catch {
    // Not UTF-8.
  }
  return urlEncoded(key);
}

/** The key with every byte that is no letter, digit or one of `.~:/-` as `%XX`. */
export function urlEncoded(key: Uint8Array): string {
  return escapeKey(key, /[^\w.~:/-]/g);
}

/** A key with the bytes that match as `%XX`. */
export function escapeKey(key: Uint8Array, bytes: RegExp): string {
  return Buffer.from(key)
    .toString('latin1')
    .replaceAll(bytes, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The bytes of a key in which `%XX` stands for one byte. */
export function unescapeKey(text: string): Uint8Array {
  const bytes = text.replaceAll(/%([\dA-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
  return Buffer.from(bytes, 'latin1');
}

/** Gives the keys of a prefix without it, and only those that match. */
export function keyFilter(prefix: string, match: Matches | undefined): (key: Uint8Array) => Uint8Array | undefined {
  const start = Buffer.from(prefix);
  return (key) => {
    if (key.length <= start.length || !start.equals(key.subarray(0, start.length))) return undefined;
    const rest = key.subarray(start.length);
    return match === undefined || match(textOf(rest)) ? rest : undefined;
  };
}
