/**
 * What the store for undici keeps, packed (packed.ts): responses, and how to choose one of several. The head of a
 * response:
 *
 *   u8 1 │ cachedAt, staleAt, deleteAt: doubles │ [statusCode, statusMessage, headers, the rest] as JSON
 *
 * `JSON.parse` takes longer for the three times than for a small head without them. A head that is one JSON object is
 * read as well: it was stored by an earlier version, which finds no response in the heads of this one.
 */
import { asBuffer, utf8Slice } from '../base/bytes.ts';
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

/** As JSON. */
type Parts = [
  statusCode: number,
  statusMessage: string,
  headers: UndiciCacheValue['headers'],
  rest?: Pick<UndiciCacheValue, 'vary' | 'etag' | 'cacheControlDirectives'>,
];

const noRest: Parts[3] & object = {};

const mark = 1;
const timesEnd = 1 + 3 * 8;
/** Behind the length of the head. */
const headStart = 4;

/** The bytes of the head of a response. */
export function responseHead(value: UndiciCacheValue): Buffer {
  const { statusCode, statusMessage, headers, cachedAt, staleAt, deleteAt, ...rest } = value;
  const parts: unknown[] = [statusCode, statusMessage, headers];
  if (Object.keys(rest).length > 0) parts.push(rest);
  const text = JSON.stringify(parts);
  const head = Buffer.alloc(timesEnd + Buffer.byteLength(text));
  head[0] = mark;
  head.writeDoubleBE(cachedAt, 1);
  head.writeDoubleBE(staleAt, 9);
  head.writeDoubleBE(deleteAt, 17);
  head.write(text, timesEnd);
  return head;
}

/** What the bytes hold. Undefined: nothing that a store has packed. */
export function unpackResponse(packed: Uint8Array | undefined): UndiciCacheResult | UndiciVariants | undefined {
  if (packed === undefined || packed[headStart] !== mark) return unpackJson(packed);
  const buffer = asBuffer(packed);
  const end = headStart + buffer.readUInt32BE();
  if (end > buffer.length || end < headStart + timesEnd) return undefined;
  let parts: unknown;
  try {
    parts = JSON.parse(utf8Slice(buffer, headStart + timesEnd, end));
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts)) return undefined;
  const [statusCode, statusMessage, headers, rest = noRest] = parts as Parts;
  if (!isObject(headers) || !isObject(rest)) return undefined;
  const result: UndiciCacheResult = {
    statusCode,
    statusMessage,
    headers,
    cacheControlDirectives: rest.cacheControlDirectives ?? {},
    cachedAt: buffer.readDoubleBE(headStart + 1),
    staleAt: buffer.readDoubleBE(headStart + 9),
    deleteAt: buffer.readDoubleBE(headStart + 17),
    body: [buffer.subarray(end)],
  };
  // The rest was parsed for this result.
  return rest === noRest ? result : Object.assign(rest, result);
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

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
