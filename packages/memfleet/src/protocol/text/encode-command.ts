/**
 * Commands as lines of the classic text protocol (memcached `protocol.txt`). One function per verb; a command that the
 * protocol cannot express throws before anything is written.
 */
import type { ByteWriter } from '../../base/byte-writer.ts';
import { byteStringOf } from '../../base/bytes.ts';
import { type Command, type Verb, verbOf } from '../../core/command.ts';
import { UnsupportedError } from '../../core/errors.ts';
import { exptimeOnLine } from '../ascii/numbers.ts';
import { invalidKey, isPlainKey, plainKey } from '../key.ts';
import { refuseMetaFlags } from '../meta-only.ts';

type Encode = (command: Command, writer: ByteWriter) => void;

const end = (command: Command): string => (command.quiet ? ' noreply\r\n' : '\r\n');

function getVerb(command: Command): string {
  if (command.touch) return `${command.wantCas ? 'gats' : 'gat'} ${exptimeOnLine(command.exptime)} `;
  return command.wantCas ? 'gets ' : 'get ';
}

/** `get`, `gets`, `gat`, `gats` with one or many keys. */
export function encodeGet(command: Command, writer: ByteWriter): void {
  if (command.keys === undefined) {
    writer.ascii(`${getVerb(command)}${plainKey(command, 'text')}\r\n`);
    return;
  }
  if (!command.isPlainKey) {
    for (const key of command.keys) if (!isPlainKey(key)) throw invalidKey(key, 'text');
  }
  writer.ascii(`${getVerb(command)}${command.keys.join(' ')}\r\n`);
}

function encodeStore(command: Command, writer: ByteWriter): void {
  const key = plainKey(command, 'text');
  const value = command.value;
  const isCas = command.cas !== 0n;
  // A replace with a cas, such as libmemcached's binary `cas`, is a `cas`, which requires an existing item as well.
  if (isCas && command.mode !== 'set' && command.mode !== 'replace') throw unsupported(`${command.mode} with a cas`);
  const exptime = exptimeOnLine(command.exptime);
  writer.ascii(
    `${isCas ? 'cas' : command.mode} ${key} ${command.flags} ${exptime} ${value.length}${isCas ? ` ${command.cas}` : ''}${end(command)}`,
  );
  writer.value(value);
  writer.ascii('\r\n');
}

function encodeDelete(command: Command, writer: ByteWriter): void {
  if (command.cas !== 0n) throw unsupported('delete with a cas');
  writer.ascii(`delete ${plainKey(command, 'text')}${end(command)}`);
}

function encodeArith(command: Command, writer: ByteWriter): void {
  if (command.initial !== undefined) throw unsupported('incr and decr with an initial value');
  if (command.cas !== 0n) throw unsupported('incr and decr with a cas');
  writer.ascii(`${command.decrement ? 'decr' : 'incr'} ${plainKey(command, 'text')} ${command.delta}${end(command)}`);
}

const encoders: Partial<Record<Verb, Encode>> = {
  get: encodeGet,
  store: encodeStore,
  delete: encodeDelete,
  arith: encodeArith,
  touch: (command, writer) =>
    writer.ascii(`touch ${plainKey(command, 'text')} ${exptimeOnLine(command.exptime)}${end(command)}`),
  // There is no no-op; every implementation replies to `version`, which has no effect.
  noop: (_command, writer) => writer.ascii('version\r\n'),
  version: (_command, writer) => writer.ascii('version\r\n'),
  verbosity: (command, writer) => writer.ascii(`verbosity ${command.exptime}${end(command)}`),
  flush: (command, writer) =>
    writer.ascii(`flush_all${command.exptime === 0 ? '' : ` ${exptimeOnLine(command.exptime)}`}${end(command)}`),
  stats: encodeStats,
  admin: (command, writer) => writer.ascii(`${wordsOf(command)}${end(command)}`),
  quit: (_command, writer) => writer.ascii('quit\r\n'),
  auth: encodeAuth,
};

/**
 * The ASCII authentication token: a `set` whose data is `user password` (docs/protocols.md#text-protocol); key and
 * numbers are ignored by the node.
 */
function encodeAuth(command: Command, writer: ByteWriter): void {
  writer.ascii(`set auth 0 0 ${command.value.length}\r\n`);
  writer.value(command.value);
  writer.ascii('\r\n');
}

/** memcached 1.6 replies to these without an `END`, so the next reply could not be attributed. */
const endlessGroups: ReadonlySet<string> = new Set(['sizes_enable', 'sizes_disable']);

function encodeStats(command: Command, writer: ByteWriter): void {
  if (command.value === '') {
    writer.ascii('stats\r\n');
    return;
  }
  const words = wordsOf(command);
  if (endlessGroups.has(words.split(' ')[0] as string)) throw unsupported(`end of the reply to "stats ${words}"`);
  writer.ascii(`stats ${words}\r\n`);
}

/** The words of a group of `stats`, or of an admin request. */
function wordsOf(command: Command): string {
  const words = byteStringOf(command.value);
  if (!/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(words)) throw invalidKey(words, 'text');
  return words;
}

function unsupported(what: string): UnsupportedError {
  return new UnsupportedError(`the classic text protocol has no ${what}`);
}

/** Writes the command. Throws InvalidKeyError or UnsupportedError before anything is written. */
export function encodeTextCommand(command: Command, writer: ByteWriter): void {
  const encode = encoders[command.verb];
  if (encode === undefined) throw unsupported(`command for "${verbOf(command)}"`);
  refuseMetaFlags(command, 'classic text');
  encode(command, writer);
}
