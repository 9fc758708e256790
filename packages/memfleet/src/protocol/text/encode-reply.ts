/**
 * Replies as lines of the classic text protocol (docs/protocols.md#text-protocol).
 *
 *   get of one key     whole ok    VALUE key flags length [cas] / data / END         whole miss   END
 *   get of many keys   item        VALUE … / data                                    end          END
 *   stats, admin       item        STAT name value, or the line as it is             end          END
 *                      whole ok    the message
 *
 * The node may use another protocol than the session, so a reply can have a status that the classic verb does not have:
 * see `storeWord`.
 */
import type { ByteWriter } from '../../base/byte-writer.ts';
import type { Command, Verb } from '../../core/command.ts';
import type { Reply, ReplyStatus } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import { encodeError } from '../ascii/encode-error.ts';
import { encodeValue } from '../ascii/encode-value.ts';
import { spellLine } from '../ascii/reply-line.ts';
import { couchbaseOpcode } from '../binary/couchbase-opcodes.ts';

type Encode = (reply: Reply, to: Command, writer: ByteWriter) => void;

/** Longer values are copied as bytes rather than turned into text. */
const wireFormLimit = 1024;

/** Writes line and value, then `tail`. An item whose node wrote the same form is copied unchanged. */
function encodeItem(reply: Reply, key: string, to: Command, tail: string, writer: ByteWriter): void {
  const isAsWanted = reply.wireKeyLength === key.length && to.wantCas === (reply.cas !== 0n);
  if (isAsWanted && reply.length <= wireFormLimit) writer.ascii(reply.wireForm() + tail);
  else if (isAsWanted) {
    writer.copy(reply.wireBytes());
    writer.ascii(tail);
  } else {
    const line = `VALUE ${key} ${reply.flags} ${reply.length}`;
    encodeValue(to.wantCas ? `${line} ${reply.cas}\r\n` : `${line}\r\n`, reply, `\r\n${tail}`, writer);
  }
}

function encodeGet(reply: Reply, to: Command, writer: ByteWriter): void {
  if (reply.part === 'end') {
    // After the last piece of a line only.
    if (to.line === undefined || to.line.last === to) writer.ascii('END\r\n');
  } else if (reply.part === 'item') {
    if (reply.status === 'ok') encodeItem(reply, reply.key, to, '', writer);
  } else if (reply.status === 'ok') encodeItem(reply, to.key, to, 'END\r\n', writer);
  else writer.ascii('END\r\n');
}

/**
 * Without a cas in the request there is only stored or not: binary nodes reply "exists" to an add and "not found" to a
 * replace.
 */
function storeWord(status: ReplyStatus, to: Command): string {
  if (status === 'ok') return 'STORED\r\n';
  if (status === 'notStored' || to.cas === 0n) return 'NOT_STORED\r\n';
  return status === 'exists' ? 'EXISTS\r\n' : 'NOT_FOUND\r\n';
}

/** Names from another protocol may contain spaces and line ends. */
const unsafeName = /[^\x21-\x7e\x80-\xff]+/g;

function spellStat(name: string, value: string): string {
  return spellLine(`STAT ${name.replaceAll(unsafeName, '_')} ${value}`);
}

function encodeStats(reply: Reply, to: Command, writer: ByteWriter): void {
  // An item without a name is a complete line of a dump. Statistics of nodes have names.
  if (reply.part === 'item') writer.ascii(reply.key === '' ? reply.text() : spellStat(reply.key, reply.text()));
  else if (reply.part === 'end') writer.ascii('END\r\n');
  // The reply to `stats reset` and `stats detail on` is one word.
  else if (reply.message !== '') writer.ascii(spellLine(reply.message));
  else if (to.verb === 'stats') writer.ascii(to.value === 'reset' ? 'RESET\r\n' : 'OK\r\n');
}

/** Codes of a refused lock: another client has it. */
const lockCodes: readonly number[] = [status.locked, status.temporaryFailure];

/** The replies of Moxi to `getl` and `unl` (parse-locks.ts). */
function encodeLock(reply: Reply, to: Command, writer: ByteWriter): void {
  const isGet = to.packet?.opcode === couchbaseOpcode.getLocked;
  const isRefused = reply.status === 'error' && lockCodes.includes(reply.code);
  if (reply.status === 'error' && !isRefused) encodeError(reply, writer);
  else if (reply.status === 'miss') writer.ascii('NOT_FOUND\r\n');
  else if (reply.status !== 'ok') writer.ascii(isGet ? 'LOCK_ERROR\r\n' : 'UNLOCK_ERROR\r\n');
  else if (isGet) encodeItem(reply, to.key, to, 'END\r\n', writer);
  else writer.ascii('UNLOCKED\r\n');
}

/** A line for success and one for everything else. */
function words(ok: string, otherwise: string): Encode {
  return (reply, _to, writer) => writer.ascii(reply.status === 'ok' ? ok : otherwise);
}

const ok = words('OK\r\n', 'OK\r\n');
const error = words('ERROR\r\n', 'ERROR\r\n');

const encoders: Readonly<Record<Verb, Encode>> = {
  get: encodeGet,
  store: (reply, to, writer) => writer.ascii(storeWord(reply.status, to)),
  delete: words('DELETED\r\n', 'NOT_FOUND\r\n'),
  touch: words('TOUCHED\r\n', 'NOT_FOUND\r\n'),
  arith: (reply, _to, writer) => writer.ascii(reply.status === 'ok' ? `${reply.text()}\r\n` : 'NOT_FOUND\r\n'),
  flush: ok,
  verbosity: ok,
  version: (reply, _to, writer) => writer.ascii(spellLine(`VERSION ${reply.message}`)),
  stats: encodeStats,
  admin: encodeStats,
  auth: words('STORED\r\n', 'CLIENT_ERROR authentication failure\r\n'),
  quit: () => {},
  // Verbs without a classic request.
  noop: error,
  debug: error,
  packet: encodeLock,
  invalid: error,
};

/**
 * Encodes the reply to a command of the classic protocol. Writes nothing for `noreply`, which suppresses errors as
 * well, and for `quit`.
 */
export function encodeTextReply(reply: Reply, to: Command, writer: ByteWriter): void {
  if (to.quiet) return;
  if (reply.status === 'error' && to.verb !== 'packet') encodeError(reply, writer);
  else if (to.verb === 'get') encodeGet(reply, to, writer);
  else encoders[to.verb](reply, to, writer);
}
