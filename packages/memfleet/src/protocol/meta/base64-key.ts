/** Keys of the meta flag `b`: base64 of RFC 4648 with padding (docs/protocols.md#keys-and-limits). */
import { latin1Of } from '../../base/bytes.ts';

const shape = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The key that the text stands for, as a byte string; undefined when it is not base64. */
export function decodeKey(text: string): string | undefined {
  return text !== '' && shape.test(text) ? latin1Of(Buffer.from(text, 'base64')) : undefined;
}

/**
 * The same for the key of a request, read as memcached does: bytes outside the alphabet are skipped, and what follows
 * the first four with padding is ignored.
 */
export function decodeRequestKey(text: string): string | undefined {
  return decodeKey(text) ?? decodeLenient(text);
}

function decodeLenient(text: string): string | undefined {
  const letters = text.replaceAll(/[^A-Za-z0-9+/=]/g, '');
  if (letters === '' || letters.length % 4 !== 0) return undefined;
  const padded = letters.indexOf('=');
  const end = padded < 0 ? letters.length : (padded & ~3) + 4;
  const padding = letters.slice(padded < 0 ? end : padded, end).replaceAll(/[^=]/g, '').length;
  if (padding > 2) return undefined;
  // A padding counts as zero wherever it stands; as many bytes are cut off at the end.
  const bytes = Buffer.from(letters.slice(0, end).replaceAll('=', 'A'), 'base64');
  return latin1Of(bytes.subarray(0, bytes.length - padding));
}

/** The key as base64. */
export function encodeKey(key: string): string {
  return Buffer.from(key, 'latin1').toString('base64');
}
