/** Reply lines of the meta protocol (docs/protocols.md#meta-protocol). */
import { latin1Slice } from '../../base/bytes.ts';
import type { Reply, ReplyStatus } from '../../core/reply.ts';
import { bigintAt, digitsEnd, maxCas, maxFlags, numberAt } from '../ascii/digits.ts';
import { complete, type LineOutcome, unknownLine } from '../ascii/reply-decoder.ts';

const space = 32;
const minus = 45;
const zero = 48;
const flagsLetter = 102;
const letter = (text: string): number => text.charCodeAt(0);

/**
 * Parses the token `start` … `end` of one flag; false: it is invalid for this flag, so the line is not of the protocol.
 */
type ReadFlag = (reply: Reply, buffer: Uint8Array, start: number, end: number) => boolean;

/** The token as a whole number; −1 when it is not one. */
function wholeAt(buffer: Uint8Array, start: number, end: number): number {
  return digitsEnd(buffer, start, end) === end ? numberAt(buffer, start, end) : -1;
}

/** The same, exact: for numbers that are passed on in decimal, whatever the node sends. */
function exactAt(buffer: Uint8Array, start: number, end: number): number {
  const whole = wholeAt(buffer, start, end);
  return whole <= Number.MAX_SAFE_INTEGER ? whole : -1;
}

/** The meaning of returned flags. Other flags are ignored: newer nodes may add some. */
const flagReaders: (ReadFlag | undefined)[] = [];
flagReaders[letter('f')] = (reply, buffer, start, end) => {
  reply.flags = wholeAt(buffer, start, end);
  return reply.flags >= 0 && reply.flags <= maxFlags;
};
flagReaders[letter('s')] = (reply, buffer, start, end) => (reply.size = exactAt(buffer, start, end)) >= 0;
flagReaders[letter('l')] = (reply, buffer, start, end) => (reply.lastAccess = exactAt(buffer, start, end)) >= 0;
flagReaders[letter('c')] = (reply, buffer, start, end) => {
  if (wholeAt(buffer, start, end) < 0) return false;
  reply.cas = bigintAt(buffer, start, end);
  return reply.cas <= maxCas;
};
flagReaders[letter('t')] = (reply, buffer, start, end) => {
  const isNegative = buffer[start] === minus;
  const seconds = exactAt(buffer, isNegative ? start + 1 : start, end);
  reply.ttl = isNegative ? -seconds : seconds;
  return seconds >= 0;
};
flagReaders[letter('h')] = (reply, buffer, start) => {
  reply.hit = buffer[start] === letter('1');
  return true;
};
flagReaders[letter('k')] = (reply, buffer, start, end) => {
  reply.key = latin1Slice(buffer, start, end);
  return true;
};
flagReaders[letter('O')] = (reply, buffer, start, end) => {
  reply.opaque = latin1Slice(buffer, start, end);
  return true;
};
// After `k`: the key is in base64, because the item was stored that way.
flagReaders[letter('b')] = (reply) => {
  reply.key = Buffer.from(reply.key, 'base64').toString('latin1');
  reply.encodedKey = true;
  return true;
};
flagReaders[letter('W')] = (reply) => (reply.won = true);
flagReaders[letter('X')] = (reply) => (reply.stale = true);
flagReaders[letter('Z')] = (reply) => (reply.recaching = true);

/** `at` is after the code or length: at the end, or at the space before the first flag. */
function readFlags(buffer: Uint8Array, at: number, end: number, reply: Reply): boolean {
  while (at < end) {
    if (buffer[at] !== space) return false;
    while (at < end && buffer[at] === space) at++;
    if (at === end) return true;
    const start = at++;
    while (at < end && buffer[at] !== space) at++;
    const read = flagReaders[buffer[start] as number];
    if (read !== undefined && !read(reply, buffer, start + 1, at)) return false;
  }
  return true;
}

/** The two letters as one number. */
const code = (text: string): number => (text.charCodeAt(0) << 8) | text.charCodeAt(1);
const valueCode = code('VA');
const debugCode = code('ME');

const statuses: ReadonlyMap<number, ReplyStatus> = new Map<number, ReplyStatus>([
  [code('HD'), 'ok'],
  [code('EN'), 'miss'],
  [code('NF'), 'miss'],
  [code('NS'), 'notStored'],
  [code('EX'), 'exists'],
  [code('MN'), 'ok'],
]);

/** Parses a reply line of the meta protocol: a `ParseLine`. */
export function parseMetaLine(buffer: Uint8Array, start: number, end: number, reply: Reply): LineOutcome {
  const at = start + 2;
  if (end < at || (at < end && buffer[at] !== space)) return unknownLine;
  const key = ((buffer[start] as number) << 8) | (buffer[start + 1] as number);
  if (key === valueCode) {
    const lengthEnd = digitsEnd(buffer, at + 1, end);
    const length = numberAt(buffer, at + 1, lengthEnd);
    reply.reset('ok');
    // Most values have only ` f0`.
    if (end === lengthEnd + 3 && buffer[lengthEnd + 1] === flagsLetter && buffer[end - 1] === zero) {
      return buffer[lengthEnd] === space && length >= 0 ? length : unknownLine;
    }
    return length >= 0 && readFlags(buffer, lengthEnd, end, reply) ? length : unknownLine;
  }
  const status = statuses.get(key);
  if (status !== undefined) {
    reply.reset(status);
    return readFlags(buffer, at, end, reply) ? complete : unknownLine;
  }
  if (key !== debugCode) return unknownLine;
  reply.reset('ok');
  reply.message = latin1Slice(buffer, at + 1, end);
  reply.setText(reply.message);
  return complete;
}
