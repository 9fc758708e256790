/**
 * What the store for undici keeps, packed (packed.ts): responses, and how to choose one of several. The head of a
 * response:
 *
 *   u8 1 │ statusCode, cachedAt, staleAt, deleteAt: doubles │ lines in latin1
 *
 *   lines: statusMessage; etag; directives; the rest as JSON; of each header, its name and its value
 *
 * `JSON.parse` takes two to three times as long. What has no such form, as a header of several values, is one JSON
 * object. All heads of earlier versions are; these find no response in the heads of this one.
 */
import { asBuffer, latin1Slice } from '../base/bytes.ts';
import { unpack } from './packed.ts';

/** A response without its body. */
export interface UndiciCacheValue {
  /** As in 200. */
  readonly statusCode: number;
  /** As in `OK`. */
  readonly statusMessage: string;
  /** The headers of the response. */
  readonly headers: Record<string, string | string[]>;
  /** The headers of the request that choose the response, with their values; null: absent. */
  readonly vary?: Record<string, string | string[] | null>;
  /** The validator of the response. */
  readonly etag?: string;
  /** What `cache-control` says. */
  readonly cacheControlDirectives?: object;
  /** Milliseconds since 1970. */
  readonly cachedAt: number;
  /** Milliseconds since 1970. */
  readonly staleAt: number;
  /** Milliseconds since 1970; the item lives until then. */
  readonly deleteAt: number;
}

/** A response with its body. */
export interface UndiciCacheResult extends UndiciCacheValue {
  /** What `cache-control` says. */
  readonly cacheControlDirectives: object;
  /** The body. */
  readonly body: Buffer[];
}

/** The names of the headers that choose a response, and the id of those responses. */
export interface UndiciVariants {
  readonly names: readonly string[];
  readonly id: string;
}

const mark = 1;
const numbersEnd = 1 + 4 * 8;
/** Behind the length of the head. */
const headStart = 4;
const lineEnd = '\n';
/** What latin1 does not have. */
const wide = /[^\0-\xff]/;
const directiveName = /^[^=,\n]+$/;

/** The bytes of the head of a response. */
export function responseHead(value: UndiciCacheValue): Buffer {
  const text = linesOf(value);
  if (text === undefined) return Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(numbersEnd + text.length);
  head[0] = mark;
  head.writeDoubleBE(value.statusCode, 1);
  head.writeDoubleBE(value.cachedAt, 9);
  head.writeDoubleBE(value.staleAt, 17);
  head.writeDoubleBE(value.deleteAt, 25);
  head.write(text, numbersEnd, 'latin1');
  return head;
}

/** Undefined: they have no such form. */
function linesOf(value: UndiciCacheValue): string | undefined {
  const { statusCode, statusMessage, headers, etag, cacheControlDirectives, cachedAt, staleAt, deleteAt, ...rest } =
    value;
  const directives = shownDirectives(cacheControlDirectives ?? {});
  const more = Object.keys(rest).length === 0 ? '' : JSON.stringify(rest);
  const lines = [statusMessage, etag ?? '', directives, more, ...Object.entries(headers).flat()];
  const numbers = [statusCode, cachedAt, staleAt, deleteAt];
  const areFit =
    etag !== '' &&
    numbers.every((number) => typeof number === 'number') &&
    lines.every((line) => typeof line === 'string' && !line.includes(lineEnd) && !wide.test(line));
  return areFit ? lines.join(lineEnd) : undefined;
}

/** As in `public,max-age=60`. Undefined: they have no such form. */
function shownDirectives(directives: object): string | undefined {
  const shown: string[] = [];
  for (const [name, value] of Object.entries(directives) as [string, unknown][]) {
    if (!directiveName.test(name) || (value !== true && !Number.isFinite(value))) return undefined;
    shown.push(value === true ? name : `${name}=${String(value)}`);
  }
  return shown.join();
}

function readDirectives(text: string): Record<string, true | number> {
  const directives: Record<string, true | number> = {};
  for (let start = 0; start < text.length;) {
    const comma = text.indexOf(',', start);
    const end = comma === -1 ? text.length : comma;
    const equals = text.indexOf('=', start);
    if (equals === -1 || equals > end) directives[text.slice(start, end)] = true;
    else directives[text.slice(start, equals)] = Number(text.slice(equals + 1, end));
    start = end + 1;
  }
  return directives;
}

/** What the bytes hold. Undefined: nothing that a store has packed. */
export function unpackResponse(packed: Uint8Array | undefined): UndiciCacheResult | UndiciVariants | undefined {
  if (packed === undefined || packed[headStart] !== mark) return unpackJson(packed);
  const buffer = asBuffer(packed);
  const end = headStart + buffer.readUInt32BE();
  if (end > buffer.length || end < headStart + numbersEnd) return undefined;
  const text = latin1Slice(buffer, headStart + numbersEnd, end);
  const messageEnd = text.indexOf(lineEnd);
  const etagEnd = text.indexOf(lineEnd, messageEnd + 1);
  const directivesEnd = text.indexOf(lineEnd, etagEnd + 1);
  if (messageEnd === -1 || etagEnd === -1 || directivesEnd === -1) return undefined;
  const moreEnd = text.indexOf(lineEnd, directivesEnd + 1);
  const result: UndiciCacheResult & { etag?: string } = {
    statusCode: buffer.readDoubleBE(headStart + 1),
    statusMessage: text.slice(0, messageEnd),
    headers: readHeaders(text, moreEnd),
    cacheControlDirectives: readDirectives(text.slice(etagEnd + 1, directivesEnd)),
    cachedAt: buffer.readDoubleBE(headStart + 9),
    staleAt: buffer.readDoubleBE(headStart + 17),
    deleteAt: buffer.readDoubleBE(headStart + 25),
    body: [buffer.subarray(end)],
  };
  if (etagEnd > messageEnd + 1) result.etag = text.slice(messageEnd + 1, etagEnd);
  const more = text.slice(directivesEnd + 1, moreEnd === -1 ? text.length : moreEnd);
  return more === '' ? result : withRest(result, more);
}

/** `end`: of the line before the first header; -1 = there is none. */
function readHeaders(text: string, end: number): Record<string, string> {
  const headers: Record<string, string> = {};
  while (end !== -1) {
    const nameEnd = text.indexOf(lineEnd, end + 1);
    if (nameEnd === -1) break;
    const name = text.slice(end + 1, nameEnd);
    end = text.indexOf(lineEnd, nameEnd + 1);
    headers[name] = text.slice(nameEnd + 1, end === -1 ? text.length : end);
  }
  return headers;
}

/** Undefined: the rest is no object. */
function withRest(result: UndiciCacheResult, json: string): UndiciCacheResult | undefined {
  try {
    const rest: unknown = JSON.parse(json);
    // It was parsed for this result, and its prototype stays that of an object.
    return typeof rest === 'object' && rest !== null ? Object.assign(rest, result) : undefined;
  } catch {
    return undefined;
  }
}

function unpackJson(packed: Uint8Array | undefined): UndiciCacheResult | UndiciVariants | undefined {
  const found = unpack<UndiciCacheValue | UndiciVariants>(packed);
  if (found === undefined) return undefined;
  const { head, body } = found;
  if ('names' in head) {
    const { names, id } = head;
    return Array.isArray(names) && typeof id === 'string' ? { names, id } : undefined;
  }
  // The head was parsed for this result.
  return Object.assign(head, { cacheControlDirectives: head.cacheControlDirectives ?? {}, body: [body] });
}
