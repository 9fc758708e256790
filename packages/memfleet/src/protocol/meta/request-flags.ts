/**
 * The flags of a meta request, read in one pass by a table with one entry a letter. A flag that any verb knows is
 * accepted by all of them and ignored where it has no meaning, as in memcached.
 */
import { latin1Slice } from '../../base/bytes.ts';
import type { CommandFault } from '../../core/command.ts';
import { type MetaFlag, metaFlags, RequestFlags, type TokenValues } from '../../core/meta-flags.ts';
import { badFormat, clientFault } from '../ascii/faults.ts';
import { deltaAt, int32At, notNumber, u32At, u64At } from '../ascii/numbers.ts';
import type { RequestLine } from '../ascii/request-line.ts';
import { decodeRequestKey } from './base64-key.ts';

const duplicateFlag = clientFault('duplicate flag');
const invalidFlag = clientFault('invalid flag');
const badToken = clientFault('bad token in command line format');
const badKey = clientFault('error decoding key');
const badMode = clientFault('incorrect length for M token');
const badInitial = clientFault('invalid numeric initial value');
const badDelta = clientFault('invalid numeric delta value');

/** Parses the token `start` … `end` of one flag, and passes it to the flag's row. */
type ReadFlag = (flags: RequestFlags, line: RequestLine, start: number, end: number) => CommandFault | undefined;

type Take<Token extends keyof TokenValues> = (flags: RequestFlags, value: TokenValues[Token]) => void;

const readers: { readonly [Token in keyof TokenValues]: (take: Take<Token>) => ReadFlag } = {
  none: (take) => (flags) => {
    take(flags, undefined);
    return undefined;
  },
  text: (take) => (flags, line, start, end) => {
    take(flags, latin1Slice(line.bytes, start, end));
    return undefined;
  },
  seconds: (take) => (flags, line, start, end) => {
    const value = int32At(line.bytes, start, end);
    if (value === notNumber) return badToken;
    take(flags, value);
    return undefined;
  },
  clientFlags: (take) => (flags, line, start, end) => {
    const value = u32At(line.bytes, start, end);
    take(flags, value);
    return value < 0 ? badFormat : undefined;
  },
  cas: u64(badToken),
  initial: u64(badInitial),
  delta: (take) => (flags, line, start, end) => {
    const value = deltaAt(line.bytes, start, end);
    if (value === undefined) return badDelta;
    take(flags, value);
    return undefined;
  },
  mode: (take) => (flags, line, start, end) => {
    take(flags, latin1Slice(line.bytes, start, end));
    // 1.6.18; newer memcached uses the first letter of a longer one.
    return end - start === 1 ? undefined : badMode;
  },
  base64: (take) => (flags, line) => {
    const key = decodeRequestKey(line.word(1));
    if (key === undefined) return badKey;
    take(flags, key);
    return undefined;
  },
};

function u64(fault: CommandFault): (take: Take<'cas'>) => ReadFlag {
  return (take) => (flags, line, start, end) => {
    const value = u64At(line.bytes, start, end);
    if (value === undefined) return fault;
    take(flags, value);
    return undefined;
  };
}

const accept: ReadFlag = () => undefined;

function readerOf({ token, take }: MetaFlag): ReadFlag {
  return take === undefined ? accept : (readers[token] as (take: Take<never>) => ReadFlag)(take);
}

const lowest = 33;
const count = 127 - lowest;
const byByte: readonly (ReadFlag | undefined)[] = Array.from({ length: count }, (_, i) => {
  const flag = metaFlags[String.fromCharCode(lowest + i)];
  return flag === undefined ? undefined : readerOf(flag);
});
/** Flags without token as strings, so that requests allocate none. */
const letters: readonly string[] = Array.from({ length: count }, (_, i) => String.fromCharCode(lowest + i));

/** The flags read so far, by their distance from `lowest`: three words of bits. Only during `readFlags`. */
const seen = new Uint32Array(3);

/**
 * Reads words `first` … of the line. Returns their fault: a duplicate or unknown flag ends the parse and is reported
 * regardless of earlier faults; of several bad tokens the last one is reported, and a bad `F` has no text of its own.
 * That is memcached's order.
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
 * Flags that are letters only, by the letters as one number: they are the same for every request, and most requests
 * have only such flags.
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
