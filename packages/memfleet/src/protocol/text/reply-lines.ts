/** Reply lines of the classic text protocol (docs/protocols.md#text-protocol). */
import { latin1Slice } from '../../base/bytes.ts';
import type { ServerErrorKind } from '../../core/errors.ts';
import type { Reply, ReplyPart, ReplyStatus } from '../../core/reply.ts';
import { bigintAt, digitsEnd, maxCas, maxFlags, numberAt } from '../ascii/digits.ts';
import { complete, type LineOutcome, unknownLine } from '../ascii/reply-decoder.ts';

const space = 32;
/** The length of values up to which a chunk has enough keys to make a text of it. */
const shortValue = 1024;

/** Lines that are one fixed word. */
const words: readonly (readonly [line: string, ReplyStatus, ReplyPart])[] = [
  ['END', 'ok', 'end'],
  ['STORED', 'ok', 'whole'],
  ['DELETED', 'ok', 'whole'],
  ['TOUCHED', 'ok', 'whole'],
  ['OK', 'ok', 'whole'],
  ['RESET', 'ok', 'whole'],
  ['NOT_STORED', 'notStored', 'whole'],
  ['EXISTS', 'exists', 'whole'],
  ['NOT_FOUND', 'miss', 'whole'],
];

/**
 * By their length, which leaves two at most to compare: a string of each line and a lookup would cost three times as
 * much.
 */
const wordsOfLength = Array.from({ length: 11 }, (_, length) => words.filter(([line]) => line.length === length));

/** False: it is not one of the fixed words. */
function parseWord(buffer: Uint8Array, start: number, end: number, reply: Reply): boolean {
  const length = end - start;
  if (length >= wordsOfLength.length) return false;
  for (const [line, status, part] of wordsOfLength[length] as typeof words) {
    let at = 0;
    while (at < length && buffer[start + at] === line.charCodeAt(at)) at++;
    if (at < length) continue;
    reply.reset(status, part);
    return true;
  }
  return false;
}

/** Lines that begin with a word and carry a text. */
const errors: readonly (readonly [string, ServerErrorKind])[] = [
  ['CLIENT_ERROR', 'client'],
  ['SERVER_ERROR', 'server'],
  ['ERROR', 'unknownCommand'],
];

const valueWord = Buffer.from('VALUE ');

function isValue(buffer: Uint8Array, start: number): boolean {
  for (let at = 0; at < valueWord.length; at++) if (buffer[start + at] !== valueWord[at]) return false;
  return true;
}

/** `VALUE key flags length [cas]`; `start` is after `VALUE `. */
function parseValue(buffer: Uint8Array, start: number, end: number, reply: Reply): LineOutcome {
  let keyEnd = start;
  while (keyEnd < end && buffer[keyEnd] !== space) keyEnd++;
  const flagsEnd = digitsEnd(buffer, keyEnd + 1, end);
  const lengthEnd = digitsEnd(buffer, flagsEnd + 1, end);
  const flags = numberAt(buffer, keyEnd + 1, flagsEnd);
  const length = numberAt(buffer, flagsEnd + 1, lengthEnd);
  if (keyEnd === start || flags < 0 || flags > maxFlags || length < 0 || buffer[flagsEnd] !== space) return unknownLine;
  reply.reset('ok', 'item');
  if (length <= shortValue) reply.setBorrowedKey(buffer, start, keyEnd);
  else reply.key = latin1Slice(buffer, start, keyEnd);
  reply.flags = flags;
  if (lengthEnd === end) return length;
  const casEnd = digitsEnd(buffer, lengthEnd + 1, end);
  if (buffer[lengthEnd] !== space || casEnd !== end || casEnd === lengthEnd + 1) return unknownLine;
  if (casEnd - lengthEnd > 21) return unknownLine;
  reply.cas = bigintAt(buffer, lengthEnd + 1, casEnd);
  return reply.cas <= maxCas ? length : unknownLine;
}

function parseStat(line: string, reply: Reply): LineOutcome {
  const nameEnd = line.indexOf(' ', 5);
  reply.reset('ok', 'item');
  reply.key = nameEnd < 0 ? line.slice(5) : line.slice(5, nameEnd);
  reply.setText(nameEnd < 0 ? '' : line.slice(nameEnd + 1));
  return complete;
}

/** Items of a dump, each an unchanged line, with memcached's line end. */
const dumps: readonly (readonly [word: string, lineEnd: string])[] = [
  ['ITEM ', '\r\n'],
  ['PREFIX ', '\r\n'],
  ['key=', '\n'],
];

/**
 * The refusals of admin requests, beside `ERROR` and `CLIENT_ERROR`. For any other command they are errors as well.
 */
const refusals: readonly string[] = [
  'BADCLASS ',
  'BUSY ',
  'Error ',
  'MEMLIMIT_',
  'NOSPARE ',
  'NOTSTARTED ',
  'SAME ',
  'WATCHER_',
];

/** Whether a line refuses an admin request. The message of such an error is the whole line. */
export function isAdminRefusal(line: string): boolean {
  return refusals.some((word) => line.startsWith(word));
}

/** Lines that are replies to admin requests only. */
function parseAdmin(line: string, reply: Reply): LineOutcome {
  const dump = dumps.find(([word]) => line.startsWith(word));
  if (dump !== undefined) reply.reset('ok', 'item').setText(line + dump[1]);
  else if (isAdminRefusal(line)) reply.setError('server', line);
  else return unknownLine;
  return complete;
}

function parseError(line: string, reply: Reply): LineOutcome {
  for (const [word, kind] of errors) {
    if (!line.startsWith(word)) continue;
    const next = line.charAt(word.length);
    // Some builds write `ERROR: text` (docs/protocols.md#text-protocol, `shutdown`).
    if (next !== '' && next !== ' ' && next !== ':') continue;
    reply.setError(kind, line.slice(word.length).replace(/^[: ]+/, ''));
    return complete;
  }
  return unknownLine;
}

/** Parses a reply line of the classic text protocol: a `ParseLine`. */
export function parseTextLine(buffer: Uint8Array, start: number, end: number, reply: Reply): LineOutcome {
  const first = buffer[start] as number;
  if (first >= 48 && first <= 57) return parseNumber(buffer, start, end, reply);
  if (isValue(buffer, start)) return parseValue(buffer, start + valueWord.length, end, reply);
  if (parseWord(buffer, start, end, reply)) return complete;
  const line = latin1Slice(buffer, start, end);
  if (line.startsWith('STAT ')) return parseStat(line, reply);
  if (line.startsWith('VERSION ')) {
    reply.reset('ok');
    reply.message = line.slice(8);
    reply.setText(reply.message);
    return complete;
  }
  const outcome = parseError(line, reply);
  return outcome === unknownLine ? parseAdmin(line, reply) : outcome;
}

/** The new value of a counter. */
function parseNumber(buffer: Uint8Array, start: number, end: number, reply: Reply): LineOutcome {
  // decr may pad the stored value with spaces, but not the reply; Moxi and others may pad the reply.
  let numberEnd = digitsEnd(buffer, start, end);
  if (numberEnd - start > 20) return unknownLine;
  reply.reset('ok');
  reply.message = latin1Slice(buffer, start, numberEnd);
  reply.setText(reply.message);
  while (buffer[numberEnd] === space && numberEnd < end) numberEnd++;
  return numberEnd === end ? complete : unknownLine;
}
