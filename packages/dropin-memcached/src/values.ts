/**
 * Values as npm `memcached` stores them: text 0, JSON 2, bytes 4, number 8.
 *
 * The original puts a backslash before each line end of a value, and removes it on reading. Here text is stored as it
 * is, so that other clients read no backslashes; on reading, they are removed where each line end has one, as in
 * everything that the original writes. Bytes above 127 are two bytes each, since the original takes its socket for
 * UTF-8: that cannot be told from what it stored, so it is written in the same way.
 */
import { isUtf8 } from 'node:buffer';
import type { Encoded, StoredValue, Transcoder } from 'memfleet';

const flags = { text: 0, json: 2, bytes: 4, number: 8 } as const;

const bareLineEnd = /(?:^|[^\\])[\r\n]/;
const ascii = /^[\0-\x7f]*$/;
const latin1 = /^[\0-\xff]*$/;

/** Whether a reader would take the text for one whose line ends have backslashes before them. */
function looksEscaped(text: string): boolean {
  // One byte is looked for faster than two, and few texts have it.
  if (!text.includes('\\')) return false;
  return (text.includes('\\\n') || text.includes('\\\r')) && !bareLineEnd.test(text);
}

const escaped = (text: string): string => text.replaceAll(/[\r\n]/g, '\\$&');
const unescaped = (text: string): string => (looksEscaped(text) ? text.replaceAll(/\\([\r\n])/g, '$1') : text);

/** UTF-8. A text in ASCII is its own byte string. */
const utf8 = (text: string): string | Uint8Array => (ascii.test(text) ? text : Buffer.from(text));

/** The bytes and flags of a value. Throws a TypeError for what has no JSON. */
export function encodeValue(value: unknown, escapesLineEnds: boolean): Encoded {
  if (typeof value === 'string') {
    const text = escapesLineEnds || looksEscaped(value) ? escaped(value) : value;
    return { data: utf8(text), flags: flags.text };
  }
  if (typeof value === 'number') return { data: String(value), flags: flags.number };
  if (Buffer.isBuffer(value)) return { data: utf8(escaped(value.toString('latin1'))), flags: flags.bytes };
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new TypeError(`a value of type ${typeof value} cannot be stored`);
  return { data: utf8(json), flags: flags.json };
}

/** Bytes that the original did not write are taken as they are. */
function decodeBytes(value: StoredValue): Buffer {
  const bytes = Buffer.from(value.bytes());
  if (!isUtf8(bytes)) return bytes;
  const text = bytes.toString();
  return latin1.test(text) ? Buffer.from(unescaped(text), 'latin1') : bytes;
}

/** Takes what `encodeValue` returns; reads values. */
export const transcoder: Transcoder<unknown> = {
  encode: (encoded) => encoded as Encoded,
  decode(value) {
    switch (value.flags) {
      case flags.json:
        return JSON.parse(value.utf8()) as unknown;
      case flags.bytes:
        return decodeBytes(value);
      case flags.number:
        return Number(value.utf8());
      default:
        return unescaped(value.utf8());
    }
  },
};
