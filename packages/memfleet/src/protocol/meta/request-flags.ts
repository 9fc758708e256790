/**
 * The flags of a meta request, read in one pass by a table with one entry a letter. A flag that any verb knows is
 * accepted by all of them and ignored where it has no meaning, as in memcached.
 */
import { latin1Slice } from '../../base/bytes.ts';
import type { CommandFault, MetaFlags } from '../../core/command.ts';
import { badFormat, clientFault } from '../ascii/faults.ts';
import { deltaAt, int32At, notNumber, u32At, u64At } from '../ascii/numbers.ts';
import type { RequestLine } from '../ascii/request-line.ts';
import { decodeKey } from './base64-key.ts';

/**
 * What the flags of one line said. Fields beyond `MetaFlags` go into the Command. All fields are always there, so that
 * the shape is one.
 */
export class RequestFlags implements MetaFlags {
  readonly tokens: string[] = [];
  opaque: string | undefined = undefined;
  returnKey = false;
  base64 = false;
  vivify: number | undefined = undefined;
  recache: number | undefined = undefined;
  invalidate = false;
  newCas: bigint | undefined = undefined;
  noBump = false;
  clearValue = false;
  hasExptime = false;
  /** The key, when `b` says that it is base64. */
  key: string | undefined = undefined;
  exptime = 0;
  clientFlags = 0;
  hasCas = false;
  cas = 0n;
  /** The token of `M`; '' = none. */
  mode = '';
  delta: number | bigint = 1;
  initial = 0n;
  quiet = false;
  wantValue = false;
  wantCas = false;
}

const duplicateFlag = clientFault('duplicate flag');
const invalidFlag = clientFault('invalid flag');
const badToken = clientFault('bad token in command line format');
const badKey = clientFault('error decoding key');
const badMode = clientFault('incorrect length for M token');
const badInitial = clientFault('invalid numeric initial value');
const badDelta = clientFault('invalid numeric delta value');

/** Takes the token `start` … `end` of one flag. */
type ReadFlag = (flags: RequestFlags, line: RequestLine, start: number, end: number) => CommandFault | undefined;

function seconds(take: (flags: RequestFlags, value: number) => void): ReadFlag {
  return (flags, line, start, end) => {
    const value = int32At(line.bytes, start, end);
    if (value === notNumber) return badToken;
    take(flags, value);
    return undefined;
  };
}

function cas(take: (flags: RequestFlags, value: bigint) => void): ReadFlag {
  return (flags, line, start, end) => {
    const value = u64At(line.bytes, start, end);
    if (value === undefined) return badToken;
    take(flags, value);
    return undefined;
  };
}

function set(take: (flags: RequestFlags) => void): ReadFlag {
  return (flags) => {
    take(flags);
    return undefined;
  };
}

const accept: ReadFlag = () => undefined;

const readers: Readonly<Record<string, ReadFlag>> = {
  // Known, and either answered from the tokens alone or (P, L) left to proxies.
  s: accept,
  t: accept,
  f: accept,
  h: accept,
  l: accept,
  P: accept,
  L: accept,
  b: (flags, line) => {
    flags.base64 = true;
    flags.key = decodeKey(line.word(1));
    return flags.key === undefined ? badKey : undefined;
  },
  k: set((flags) => {
    flags.returnKey = true;
  }),
  q: set((flags) => {
    flags.quiet = true;
  }),
  v: set((flags) => {
    flags.wantValue = true;
  }),
  c: set((flags) => {
    flags.wantCas = true;
  }),
  u: set((flags) => {
    flags.noBump = true;
  }),
  x: set((flags) => {
    flags.clearValue = true;
  }),
  I: set((flags) => {
    flags.invalidate = true;
  }),
  O: (flags, line, start, end) => {
    flags.opaque = latin1Slice(line.bytes, start, end);
    return undefined;
  },
  T: seconds((flags, value) => {
    flags.exptime = value;
    flags.hasExptime = true;
  }),
  N: seconds((flags, value) => {
    flags.vivify = value;
  }),
  R: seconds((flags, value) => {
    flags.recache = value;
  }),
  C: cas((flags, value) => {
    flags.cas = value;
    flags.hasCas = true;
  }),
  E: cas((flags, value) => {
    flags.newCas = value;
  }),
  F: (flags, line, start, end) => {
    const value = u32At(line.bytes, start, end);
    flags.clientFlags = value;
    return value < 0 ? badFormat : undefined;
  },
  M: (flags, line, start, end) => {
    flags.mode = latin1Slice(line.bytes, start, end);
    // 1.6.18; newer memcached uses the first letter of a longer one.
    return end - start === 1 ? undefined : badMode;
  },
  J: (flags, line, start, end) => {
    const value = u64At(line.bytes, start, end);
    if (value === undefined) return badInitial;
    flags.initial = value;
    return undefined;
  },
  D: (flags, line, start, end) => {
    const value = deltaAt(line.bytes, start, end);
    if (value === undefined) return badDelta;
    flags.delta = value;
    return undefined;
  },
};

const lowest = 33;
const count = 127 - lowest;
const byByte: readonly (ReadFlag | undefined)[] = Array.from(
  { length: count },
  (_, i) => readers[String.fromCharCode(lowest + i)],
);
/** Flags without token as strings, so that none is made for each request. */
const letters: readonly string[] = Array.from({ length: count }, (_, i) => String.fromCharCode(lowest + i));

/** Which flags were seen, by their distance from `lowest`: three words of bits. Only during `readFlags`. */
const seen = new Uint32Array(3);

/**
 * Reads words `first` … of the line. Returns what is wrong with them: a duplicate or unknown flag ends the reading and
 * is reported whatever was wrong before; of bad tokens the last one is, and a bad `F` has no text of its own. That is
 * memcached's order.
 */
export function readFlags(flags: RequestFlags, line: RequestLine, first: number): CommandFault | undefined {
  seen.fill(0);
  let fault: CommandFault | undefined;
  const bytes = line.bytes;
  for (let i = first; i < line.words; i++) {
    const start = line.wordStart(i);
    const end = line.wordEnd(i);
    const at = (bytes[start] as number) - lowest;
    if (at >= count || ((seen[at >> 5] as number) & (1 << (at & 31))) !== 0) return duplicateFlag;
    seen[at >> 5] = (seen[at >> 5] as number) | (1 << (at & 31));
    const read = at < 0 ? undefined : byByte[at];
    if (read === undefined) return invalidFlag;
    const wrong = read(flags, line, start + 1, end);
    if (wrong !== undefined && (fault === undefined || wrong !== badFormat)) fault = wrong;
    flags.tokens.push(end - start === 1 ? (letters[at] as string) : latin1Slice(bytes, start, end));
  }
  return fault;
}

/**
 * Flags that are letters only, by the letters as one number: they are the same for every request, and most requests are
 * so.
 */
const shared = new Map<number, RequestFlags>();
const maxShared = 256;
const maxLetters = 4;
const base64Flag = 98;

/**
 * The flags from word `first` on if they are at most four letters without tokens, made once for all requests; else
 * undefined. Not for `b`.
 */
export function letterFlags(line: RequestLine, first: number): RequestFlags | undefined {
  const words = line.words;
  if (words - first > maxLetters) return undefined;
  let code = 0;
  for (let i = first; i < words; i++) {
    const start = line.wordStart(i);
    const byte = line.bytes[start] as number;
    if (line.wordEnd(i) - start !== 1 || byte === base64Flag) return undefined;
    code = (code << 8) | byte;
  }
  const known = shared.get(code);
  if (known !== undefined) return known;
  const flags = new RequestFlags();
  if (shared.size === maxShared || readFlags(flags, line, first) !== undefined) return undefined;
  shared.set(code, flags);
  return flags;
}
