/**
 * Request lines of the classic text protocol (docs/protocols.md#text-protocol), one function a verb, in the order in
 * which memcached checks things, because that decides which error a line with two faults gets.
 *
 * Behaviour is that of memcached 1.6.18, with these deviations:
 * - 1.6.18 reads the data block of a storage line it refused as commands: a value could say `flush_all`. As newer
 *   memcached does, the block is skipped when the line says how long it is.
 * - numbers out of their range are refused instead of cut (numbers.ts).
 */
import { noItemsCas } from '../../core/cas.ts';
import { Command, type StoreMode } from '../../core/command.ts';
import { badFormat, clientFault, invalid, newObjectTooLarge, objectTooLarge, unknownCommand } from '../ascii/faults.ts';
import { deltaAt, notNumber } from '../ascii/numbers.ts';
import type { RequestLine } from '../ascii/request-line.ts';
import { AsciiVerbTable, type ParseRequest } from '../ascii/verb-table.ts';
import type { Limits } from '../codec.ts';
import { maxKeyLength } from '../key.ts';
import { adminParsers } from './parse-admin.ts';
import { lockParsers } from './parse-locks.ts';

/** memcached counts a length in an int and adds 2 for CR LF. */
export const maxLength: number = 0x7fffffff - 2;

const badExptime = clientFault('invalid exptime argument');
const badDelta = clientFault('invalid numeric delta argument');
const badDelete = clientFault('bad command line format.  Usage: delete <key> [noreply]');

function classic(command: Command): Command {
  command.dialect = 'text';
  return command;
}

/**
 * Too few or too many words: `ERROR`, whether `noreply` is there or not (1.6.18; newer:
 * `CLIENT_ERROR bad command line format`).
 */
function wrongCount(): Command {
  return invalid(unknownCommand, 'text');
}

/** Whether the last word is `noreply`. memcached then sends no reply, not even an error. */
function isQuiet(line: RequestLine): boolean {
  return line.is(line.words - 1, 'noreply');
}

/** Sets word `index` as the key of the command. */
function takeKey(command: Command, line: RequestLine, index: number): void {
  command.key = line.key(index);
  command.isPlainKey = line.plain && command.key.length <= maxKeyLength;
}

function parseGet(line: RequestLine, limits: Limits): Command {
  return readGet(line, limits, 1, new Command('get'));
}

function parseGets(line: RequestLine, limits: Limits): Command {
  const command = new Command('get');
  command.wantCas = true;
  return readGet(line, limits, 1, command);
}

/**
 * `gat exptime key…`. Without a key 1.6.18 replies `END`; newer memcached refuses, and a command without a key would be
 * useless.
 */
function parseGat(line: RequestLine, limits: Limits, wantCas = false): Command {
  if (line.words < 2) return wrongCount();
  const exptime = line.int32(1);
  if (exptime === notNumber) return invalid(badExptime, 'text');
  if (line.words < 3) return invalid(badFormat, 'text');
  const command = new Command('get');
  command.wantCas = wantCas;
  command.touch = true;
  command.exptime = exptime;
  return readGet(line, limits, 2, command);
}

/** The keys begin at word `first`. One key too long fails the whole command: memcached drops the hits it had before. */
function readGet(line: RequestLine, limits: Limits, first: number, command: Command): Command {
  classic(command);
  if (line.words === first + 1) {
    if (line.wordLength(first) > limits.maxKey) return invalid(badFormat, 'text');
    takeKey(command, line, first);
    return command;
  }
  if (line.words <= first) return wrongCount();
  const keys: string[] = [];
  let tooLong = false;
  line.eachWord(first, (start, end) => {
    if (end - start > limits.maxKey) tooLong = true;
    else if (!tooLong) keys.push(line.keyOf(start, end));
  });
  if (tooLong) return invalid(badFormat, 'text');
  command.keys = keys;
  return command;
}

/** `set key flags exptime length [noreply]`, `cas key flags exptime length unique [noreply]`. */
function readStore(line: RequestLine, limits: Limits, mode: StoreMode, isCas: boolean): Command {
  const count = line.words;
  const wanted = isCas ? 6 : 5;
  if (count !== wanted && count !== wanted + 1) return wrongCount();
  const length = line.lengthAt(4, maxLength);
  const quiet = isQuiet(line);
  // If `noreply` takes the place of a word, that word is missing; with another word in its place the length is not
  // known.
  if (quiet === count > wanted) line.valueLength = length;
  const flags = line.u32(2);
  const exptime = line.int32(3);
  const cas = isCas ? line.u64(5) : 0n;
  if (line.wordLength(1) > limits.maxKey || flags < 0 || exptime === notNumber || length < 0 || cas === undefined) {
    return invalid(badFormat, 'text', quiet);
  }
  line.valueLength = length;
  if (length > limits.maxValue) {
    const fault = mode === 'set' && !isCas ? objectTooLarge : newObjectTooLarge;
    return invalid(fault, 'text', quiet, line.word(1));
  }
  const command = classic(new Command('store'));
  takeKey(command, line, 1);
  command.mode = mode;
  command.flags = flags;
  command.exptime = exptime;
  if (isCas) command.cas = cas === 0n ? noItemsCas : cas;
  command.quiet = quiet;
  return command;
}

function store(mode: StoreMode): ParseRequest {
  return (line, limits) => readStore(line, limits, mode, false);
}

/** A bare `0` is accepted behind the key: it once was a delay, and old PHP clients send it. */
function parseDelete(line: RequestLine, limits: Limits): Command {
  const count = line.words;
  if (count < 2 || count > 4) return wrongCount();
  const quiet = count > 2 && isQuiet(line);
  const isZero = count > 2 && line.is(2, '0');
  if ((count === 3 && !isZero && !quiet) || (count === 4 && !(isZero && quiet))) {
    return invalid(badDelete, 'text', quiet);
  }
  if (line.wordLength(1) > limits.maxKey) return invalid(badFormat, 'text', quiet);
  const command = classic(new Command('delete'));
  takeKey(command, line, 1);
  command.quiet = quiet;
  return command;
}

function readArith(line: RequestLine, limits: Limits, decrement: boolean): Command {
  if (line.words !== 3 && line.words !== 4) return wrongCount();
  const quiet = isQuiet(line);
  if (line.wordLength(1) > limits.maxKey) return invalid(badFormat, 'text', quiet);
  const delta = deltaAt(line.bytes, line.wordStart(2), line.wordEnd(2));
  if (delta === undefined) return invalid(badDelta, 'text', quiet);
  const command = classic(new Command('arith'));
  takeKey(command, line, 1);
  command.decrement = decrement;
  command.delta = delta;
  command.quiet = quiet;
  return command;
}

function parseTouch(line: RequestLine, limits: Limits): Command {
  if (line.words !== 3 && line.words !== 4) return wrongCount();
  const quiet = isQuiet(line);
  if (line.wordLength(1) > limits.maxKey) return invalid(badFormat, 'text', quiet);
  const exptime = line.int32(2);
  if (exptime === notNumber) return invalid(badExptime, 'text', quiet);
  const command = classic(new Command('touch'));
  takeKey(command, line, 1);
  command.exptime = exptime;
  command.quiet = quiet;
  return command;
}

/** `flush_all [delay] [noreply]`. A negative delay means now. */
function parseFlush(line: RequestLine): Command {
  const count = line.words;
  if (count > 3) return wrongCount();
  const quiet = count > 1 && isQuiet(line);
  const delay = count === (quiet ? 2 : 1) ? 0 : line.int32(1);
  if (delay === notNumber) return invalid(badExptime, 'text', quiet);
  const command = classic(new Command('flush'));
  command.exptime = Math.max(0, delay);
  command.quiet = quiet;
  return command;
}

function parseVerbosity(line: RequestLine): Command {
  if (line.words !== 2 && line.words !== 3) return wrongCount();
  const quiet = isQuiet(line);
  const level = line.u32(1);
  if (level < 0) return invalid(badFormat, 'text', quiet);
  const command = classic(new Command('verbosity'));
  command.exptime = level;
  command.quiet = quiet;
  return command;
}

/** The group is the text after the verb; the store knows the groups. */
function parseStats(line: RequestLine): Command {
  const command = classic(new Command('stats'));
  const words: string[] = [];
  for (let i = 1; i < line.words; i++) words.push(line.word(i));
  command.value = words.join(' ');
  return command;
}

/** The parsers of the classic verbs; the meta table has them as well. */
export const textParsers: Readonly<Record<string, ParseRequest>> = {
  get: parseGet,
  gets: parseGets,
  gat: (line, limits) => parseGat(line, limits),
  gats: (line, limits) => parseGat(line, limits, true),
  set: store('set'),
  add: store('add'),
  replace: store('replace'),
  append: store('append'),
  prepend: store('prepend'),
  cas: (line, limits) => readStore(line, limits, 'set', true),
  delete: parseDelete,
  incr: (line, limits) => readArith(line, limits, false),
  decr: (line, limits) => readArith(line, limits, true),
  touch: parseTouch,
  flush_all: parseFlush,
  version: () => classic(new Command('version')),
  verbosity: parseVerbosity,
  stats: parseStats,
  quit: () => classic(new Command('quit')),
  ...lockParsers,
  ...adminParsers,
};

/** The verbs of a node without the meta commands. */
export const textVerbs: AsciiVerbTable = new AsciiVerbTable(textParsers);
