/**
 * Request lines of the meta protocol (docs/protocols.md#meta-protocol): `<verb> <key> [length] <flag>*`, where a flag
 * is one letter directly followed by its token.
 *
 * Behaviour is that of memcached 1.6.18, with additions of newer versions: `E`, `x`, and `C` of mg are understood, `s`
 * of ms is returned, and the data block of every refused `ms` is skipped if its length could be read (1.6.18 reads it
 * as commands when there are too many flags).
 */
import { noItemsCas } from '../../core/cas.ts';
import { Command, type StoreMode } from '../../core/command.ts';
import { RequestFlags } from '../../core/meta-flags.ts';
import { badFormat, clientFault, invalid, objectTooLarge, unknownCommand } from '../ascii/faults.ts';
import type { RequestLine } from '../ascii/request-line.ts';
import { AsciiVerbTable, type ParseRequest } from '../ascii/verb-table.ts';
import type { Limits } from '../codec.ts';
import { maxKeyLength } from '../key.ts';
import { maxLength, textParsers } from '../text/parse-command.ts';
import { decodeRequestKey } from './base64-key.ts';
import { letterFlags, readFlags } from './request-flags.ts';

/** Words of a line, the verb among them. */
const maxWords = 19;
/** `O` and its token. */
const maxOpaque = 32;

const tooManyFlags = clientFault('options flags are too long');
/** The same, as 1.6.18 words it for the verbs other than mg. */
const tooManyOptions = clientFault('options flags too long');
/** The error of md and ma for every wrong flag. */
const wrongFlag = clientFault('invalid or duplicate flag');
const opaqueTooLong = clientFault('opaque token too long');
const wrongStoreMode = clientFault('invalid mode for ms M token');
const wrongArithMode = clientFault('invalid mode for ma M token');

/** `mg`, `md` and so on without a key (1.6.18; newer: `CLIENT_ERROR bad command line format`). */
const noKey = unknownCommand;

function takeKey(command: Command, line: RequestLine, flags: RequestFlags): void {
  if (flags.key !== undefined) command.key = flags.key;
  else {
    command.key = line.key(1);
    command.isPlainKey = line.plain && command.key.length <= maxKeyLength;
  }
}

/** Applies the flags that have the same meaning for every verb. */
function takeFlags(command: Command, flags: RequestFlags): void {
  command.meta = flags;
  command.quiet = flags.quiet;
  command.wantCas = flags.wantCas;
  command.exptime = flags.exptime;
  if (flags.hasCas) command.cas = flags.cas === 0n ? noItemsCas : flags.cas;
}

function isTooLong(flags: RequestFlags): boolean {
  return flags.opaque !== undefined && flags.opaque.length >= maxOpaque;
}

function parseGet(line: RequestLine, limits: Limits): Command {
  if (line.words < 2) return invalid(noKey, 'meta');
  if (line.wordLength(1) > limits.maxKey) return invalid(badFormat, 'meta');
  if (line.words > maxWords) return invalid(tooManyFlags, 'meta');
  let flags = letterFlags(line, 2);
  if (flags === undefined) {
    flags = new RequestFlags();
    const fault = readFlags(flags, line, 2);
    if (fault !== undefined) return invalid(fault, 'meta');
    if (isTooLong(flags)) return invalid(opaqueTooLong, 'meta');
  }
  const command = new Command('get');
  takeKey(command, line, flags);
  takeFlags(command, flags);
  command.wantValue = flags.wantValue;
  command.touch = flags.hasExptime;
  return command;
}

const modes: Readonly<Record<string, StoreMode>> = {
  '': 'set',
  S: 'set',
  E: 'add',
  A: 'append',
  P: 'prepend',
  R: 'replace',
};

function parseStore(line: RequestLine, limits: Limits): Command {
  if (line.words < 2) return invalid(noKey, 'meta');
  const length = line.words > 2 ? line.lengthAt(2, maxLength) : -1;
  line.valueLength = length;
  if (line.wordLength(1) > limits.maxKey || line.words < 3) return invalid(badFormat, 'meta');
  if (line.words > maxWords) return invalid(tooManyOptions, 'meta');
  if (length < 0) return invalid(badFormat, 'meta');
  const flags = new RequestFlags();
  const fault = readFlags(flags, line, 3);
  if (fault !== undefined) return invalid(fault, 'meta');
  const mode = modes[flags.mode];
  if (mode === undefined) return invalid(wrongStoreMode, 'meta');
  if (isTooLong(flags)) return invalid(opaqueTooLong, 'meta');
  const command = new Command('store');
  takeKey(command, line, flags);
  if (length > limits.maxValue) return invalid(objectTooLarge, 'meta', false, command.key);
  takeFlags(command, flags);
  // set and replace compare with 0 and fail; the others do not compare with 0.
  if (flags.cas === 0n && mode !== 'set' && mode !== 'replace') command.cas = 0n;
  command.mode = mode;
  command.flags = flags.clientFlags;
  return command;
}

function parseDelete(line: RequestLine, limits: Limits): Command {
  const flags = readKeyed(line, limits);
  if (flags instanceof Command) return flags;
  const command = new Command('delete');
  takeKey(command, line, flags);
  takeFlags(command, flags);
  command.touch = flags.hasExptime;
  return command;
}

const isDecrement: Readonly<Record<string, boolean>> = { '': false, I: false, '+': false, D: true, '-': true };

function parseArith(line: RequestLine, limits: Limits): Command {
  const flags = readKeyed(line, limits, isDecrement);
  if (flags instanceof Command) return flags;
  const command = new Command('arith');
  takeKey(command, line, flags);
  takeFlags(command, flags);
  command.decrement = isDecrement[flags.mode] === true;
  command.wantValue = flags.wantValue;
  command.delta = flags.delta;
  command.touch = flags.hasExptime;
  // A compare with 0 is no compare here, unlike in ms and md.
  command.cas = flags.cas;
  if (flags.vivify !== undefined) {
    command.initial = flags.initial;
    if (!flags.hasExptime) command.exptime = flags.vivify;
  }
  return command;
}

/** The common part of md and ma up to the flags; an `invalid` command when the line is refused. */
function readKeyed(
  line: RequestLine,
  limits: Limits,
  knownModes?: Readonly<Record<string, unknown>>,
): RequestFlags | Command {
  if (line.words < 2) return invalid(noKey, 'meta');
  if (line.wordLength(1) > limits.maxKey) return invalid(badFormat, 'meta');
  if (line.words > maxWords) return invalid(tooManyOptions, 'meta');
  const flags = new RequestFlags();
  if (readFlags(flags, line, 2) !== undefined) return invalid(wrongFlag, 'meta');
  if (knownModes !== undefined && knownModes[flags.mode] === undefined) return invalid(wrongArithMode, 'meta');
  return isTooLong(flags) ? invalid(opaqueTooLong, 'meta') : flags;
}

/** `me key [b]`; other words are ignored, and so is `b` after them. */
function parseDebug(line: RequestLine, limits: Limits): Command {
  if (line.words < 2 || line.wordLength(1) > limits.maxKey) return invalid(badFormat, 'meta');
  const command = new Command('debug');
  const flags = new RequestFlags();
  if (line.words > 2 && line.is(2, 'b')) {
    flags.base64 = true;
    flags.tokens.push('b');
    flags.key = decodeRequestKey(line.word(1));
    if (flags.key === undefined) return invalid(badFormat, 'meta');
  }
  takeKey(command, line, flags);
  command.meta = flags;
  return command;
}

/** The command of `mn`; its words are ignored. */
function parseNoop(): Command {
  return new Command('noop');
}

const metaParsers: Readonly<Record<string, ParseRequest>> = {
  mg: parseGet,
  ms: parseStore,
  md: parseDelete,
  ma: parseArith,
  mn: parseNoop,
  me: parseDebug,
};

/** The meta commands and the classic ones: a node supports both on one connection. */
export const metaVerbs: AsciiVerbTable = new AsciiVerbTable({ ...textParsers, ...metaParsers });
