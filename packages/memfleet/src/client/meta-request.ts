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

/** A meta request in its parts. */
interface MetaRequest {
  readonly verb: Verb;
  readonly key: string | Uint8Array;
  readonly tokens: readonly string[];
}

/** The parts of a line that the caller wrote. Throws InvalidArgumentError. */
export function parseMeta(request: unknown): MetaRequest {
  const { name, key, flags } = (typeof request === 'string' && line.exec(request)?.groups) || {};
  if (name === undefined || key === undefined || flags === undefined)
    return refuseArgument('line', request, 'a meta request, such as "mg key v t"');
  const tokens = flags.split(' ').slice(1);
  const letters = tokens.map((token) => token.charAt(0));
  if (tokens.length > maxFlags) throw new InvalidArgumentError(`a meta request has at most ${maxFlags} flags`);
  const twice = letters.find((letter, at) => letters.indexOf(letter) !== at);
  if (twice !== undefined) throw new InvalidArgumentError(`the flag "${twice}" occurs twice in the meta request`);
  if (letters.includes('q'))
    throw new InvalidArgumentError('the flag "q" may suppress the reply, which the call waits for');
  return {
    verb: verbs[name] as Verb,
    key: letters.includes('b') ? binaryKey(key) : key,
    // The reply returns `k` with the caller's key: the key on the wire may have a prefix.
    tokens: tokens.map((token) => (token.startsWith('k') ? `k${key}` : token)),
  };
}

/** Gives the command of a request its flags and its value. Throws InvalidArgumentError. */
export function putMeta(
  command: Command,
  { verb, tokens }: MetaRequest,
  value: string | Uint8Array | undefined,
  core: ClientCore,
): void {
  const given = new Map(tokens.map((token) => [token.charAt(0), token.slice(1)]));
  command.meta = flagsOf(tokens, given);
  command.wantValue = given.has('v');
  // An unknown flag may change the item.
  command.touch = given.has('T') || tokens.some((token) => metaFlags[token.charAt(0)] === undefined);
  command.mode = modes[given.get('M')?.toUpperCase() ?? ''] ?? 'set';
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

/** The fields for retries and routes. The node reads the tokens. */
function flagsOf(tokens: readonly string[], given: ReadonlyMap<string, string>): MetaFlags {
  return {
    tokens,
    vivify: given.has('N') ? Number(given.get('N')) : undefined,
    hasCas: given.has('C'),
    recache: given.has('R') ? Number(given.get('R')) : undefined,
    onlyMeta: 'carry a meta request',
  };
}
