/**
 * A meta request in the caller's own words, as a command (memcached `protocol.txt`, "Meta Commands").
 *
 *   'ms key T60 c', value ─▶ verb │ key │ flags ─▶ Command with these flags ─▶ … ─▶ `ms <prefix>key 5 T60 c` + value
 *
 * Only flags that affect routing and retries are interpreted here; the node interprets all. So flags of newer nodes
 * pass. Whatever could break out of the line is refused: control characters, and more flags than memcached 1.6.18
 * reads, which takes the data block of such an `ms` for requests.
 */
import { toByteString } from '../base/bytes.ts';
import type { Command, StoreMode, Verb } from '../core/command.ts';
import { InvalidArgumentError } from '../core/errors.ts';
import { metaFlags, type MetaFlags } from '../core/meta-flags.ts';
import { decodeKey } from '../protocol/meta/base64-key.ts';
import { refuseArgument } from './arguments.ts';
import type { ClientCore } from './core.ts';
import { putEncoded } from './item-value.ts';

const verbs: Readonly<Record<string, Verb>> = { mg: 'get', ms: 'store', md: 'delete', ma: 'arith', me: 'debug' };

const modes: Readonly<Record<string, StoreMode>> = { E: 'add', A: 'append', P: 'prepend', R: 'replace' };

/** With the verb, the key, its `b` and the length of the value: below the 19 words of memcached 1.6.18. */
const maxFlags = 14;

const line = /^(?<name>m[gsdae]) (?<key>[^\p{Cc}\p{Z}]+)(?<flags>(?: [A-Za-z][\x21-\x7e]{0,63})*)$/u;

/** What the flags of a request say. */
interface RequestFlags {
  /** With their letters. */
  readonly tokens: readonly string[];
  /** The key is written in base64. */
  readonly isBinary: boolean;
  readonly meta: MetaFlags;
  readonly wantValue: boolean;
  readonly touch: boolean;
  readonly mode: StoreMode;
}

/** A meta request in its parts. */
interface MetaRequest {
  readonly verb: Verb;
  readonly key: string | Uint8Array;
  readonly flags: RequestFlags;
}

/** Flags that came before; programs write few different ones, and again and again. */
const known = new Map<string, RequestFlags>();
const mostKnown = 100;

/** A key that needs no further look. */
const simpleKey = /^[\x21-\x7e]+$/;

/** The parts of a line that the caller wrote. Throws InvalidArgumentError. */
export function parseMeta(request: unknown): MetaRequest {
  if (typeof request === 'string') {
    const end = request.indexOf(' ', 3);
    const flags = end === -1 ? undefined : known.get(request.slice(end));
    const verb = verbs[request.slice(0, 2)];
    const key = request.slice(3, end);
    if (flags !== undefined && verb !== undefined && request.charAt(2) === ' ' && simpleKey.test(key))
      return { verb, key, flags };
  }
  return parseNew(request);
}

function parseNew(request: unknown): MetaRequest {
  const { name, key, flags: words } = (typeof request === 'string' && line.exec(request)?.groups) || {};
  if (name === undefined || key === undefined || words === undefined)
    return refuseArgument('line', request, 'a meta request, such as "mg key v t"');
  const flags = flagsOf(words, key);
  // `k` has the key as its token.
  const isRepeatable = !flags.isBinary && !flags.tokens.some((token) => token.startsWith('k'));
  if (isRepeatable && known.size < mostKnown) known.set(words, flags);
  return { verb: verbs[name] as Verb, key: flags.isBinary ? binaryKey(key) : key, flags };
}

/** Gives the command of a request its flags and its value. Throws InvalidArgumentError. */
export function putMeta(
  command: Command,
  { verb, flags }: MetaRequest,
  value: string | Uint8Array | undefined,
  core: ClientCore,
): void {
  command.meta = flags.meta;
  command.wantValue = flags.wantValue;
  command.touch = flags.touch;
  command.mode = flags.mode;
  if (verb === 'store') putEncoded(command, { data: bytesOf(value), flags: 0 }, core);
  else if (value !== undefined) refuseArgument('value', value, 'absent: only "ms" has one');
}

function binaryKey(key: string): Uint8Array {
  const decoded = decodeKey(key);
  return decoded === undefined
    ? refuseArgument('the key', key, 'base64, because of the flag "b"')
    : Buffer.from(decoded, 'latin1');
}

function bytesOf(value: unknown): string | Uint8Array {
  if (value === undefined) return refuseArgument('value', value, 'bytes or a string: "ms" stores it');
  return typeof value === 'string' ? toByteString(value) : (value as Uint8Array);
}

/** The fields for retries and routes. The node reads the tokens. Throws InvalidArgumentError. */
function flagsOf(words: string, key: string): RequestFlags {
  const tokens = words.split(' ').slice(1);
  const letters = tokens.map((token) => token.charAt(0));
  if (tokens.length > maxFlags) throw new InvalidArgumentError(`a meta request has at most ${maxFlags} flags`);
  const twice = letters.find((letter, at) => letters.indexOf(letter) !== at);
  if (twice !== undefined) throw new InvalidArgumentError(`the flag "${twice}" occurs twice in the meta request`);
  if (letters.includes('q'))
    throw new InvalidArgumentError('the flag "q" may suppress the reply, which the call waits for');
  // The reply returns `k` with the caller's key: the key on the wire may have a prefix.
  const sent = tokens.map((token) => (token.startsWith('k') ? `k${key}` : token));
  const given = new Map(tokens.map((token) => [token.charAt(0), token.slice(1)]));
  return {
    tokens: sent,
    isBinary: given.has('b'),
    meta: {
      tokens: sent,
      vivify: given.has('N') ? Number(given.get('N')) : undefined,
      hasCas: given.has('C'),
      recache: given.has('R') ? Number(given.get('R')) : undefined,
      onlyMeta: 'carry a meta request',
    },
    wantValue: given.has('v'),
    // An unknown flag may change the item.
    touch: given.has('T') || letters.some((letter) => metaFlags[letter] === undefined),
    mode: modes[given.get('M')?.toUpperCase() ?? ''] ?? 'set',
  };
}
