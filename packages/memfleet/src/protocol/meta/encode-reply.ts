/**
 * Replies of the meta protocol (docs/protocols.md#meta-protocol): a two-letter code, then the requested flags in the
 * order of the request, then the flags that the node adds, `Z` `X` `W` in that order.
 *
 *   mg foo t v O7 k   →   VA 5 t-1 O7 kfoo / value          miss   EN O7 kfoo
 */
import type { ByteWriter } from '../../base/byte-writer.ts';
import type { Command, Verb } from '../../core/command.ts';
import type { MetaFlags } from '../../core/meta-flags.ts';
import type { Reply, ReplyStatus } from '../../core/reply.ts';
import { encodeError } from '../ascii/encode-error.ts';
import { encodeValue } from '../ascii/encode-value.ts';
import { isPlainKey } from '../key.ts';
import { encodeTextReply } from '../text/encode-reply.ts';
import { encodeKey } from './base64-key.ts';

type Encode = (reply: Reply, to: Command, writer: ByteWriter) => void;

/** The text for one requested flag; '' where the node did not return it. */
type Spell = (reply: Reply, to: Command) => string;

/**
 * The key is returned as it was stored: in base64 if the item was written with `b`, regardless of the request. Where
 * that is unknown (a miss, a node that did not return it) as in the request. Never plain if it would break the line:
 * another protocol may have stored a key with CR LF in it.
 */
function spellKey(reply: Reply, to: Command): string {
  const asked = to.meta?.base64 === true;
  const isEncoded = reply.encodedKey ?? asked;
  return isEncoded || (asked && !isPlainKey(to.key)) ? ` k${encodeKey(to.key)} b` : ` k${to.key}`;
}

/** 0 when nothing was stored; omitted where the node cannot return the cas of the stored item. */
function spellCas(reply: Reply): string {
  return reply.status === 'ok' && reply.cas === 0n ? '' : ` c${reply.cas}`;
}

const optional = (letter: string, value: number | undefined): string =>
  value === undefined ? '' : ` ${letter}${value}`;

const echoed: Readonly<Record<string, Spell>> = {
  O: (_reply, to) => ` O${to.meta?.opaque ?? ''}`,
  k: spellKey,
};
const stored: Readonly<Record<string, Spell>> = {
  ...echoed,
  c: spellCas,
  // Newer than 1.6.18.
  s: (reply) => optional('s', reply.size),
};
const counted: Readonly<Record<string, Spell>> = {
  ...echoed,
  c: spellCas,
  t: (reply) => optional('t', reply.ttl),
};
const fetched: Readonly<Record<string, Spell>> = {
  ...counted,
  f: (reply) => ` f${reply.flags}`,
  s: (reply) => optional('s', reply.size ?? (reply.hasValue ? reply.length : undefined)),
  h: (reply) => (reply.hit === undefined ? '' : ` h${reply.hit ? 1 : 0}`),
  l: (reply) => optional('l', reply.lastAccess),
};

function returned(table: Readonly<Record<string, Spell>>, reply: Reply, to: Command): string {
  const meta: MetaFlags | undefined = to.meta;
  let text = '';
  if (meta !== undefined) for (const token of meta.tokens) text += table[token.charAt(0)]?.(reply, to) ?? '';
  return text;
}

/** `q` suppresses a miss, so that only hits are returned; a hit without value still has a reply. */
function encodeGet(reply: Reply, to: Command, writer: ByteWriter): void {
  if (reply.status !== 'ok') {
    if (!to.quiet) writer.ascii(`EN${returned(echoed, reply, to)}\r\n`);
    return;
  }
  let flags = returned(fetched, reply, to);
  if (reply.recaching) flags += ' Z';
  if (reply.stale) flags += ' X';
  if (reply.won) flags += ' W';
  if (to.wantValue && reply.hasValue) encodeValue(`VA ${reply.length}${flags}\r\n`, reply, '\r\n', writer);
  else writer.ascii(`HD${flags}\r\n`);
}

const codes: Readonly<Record<Exclude<ReplyStatus, 'error'>, string>> = {
  ok: 'HD',
  miss: 'NF',
  notStored: 'NS',
  exists: 'EX',
};

/**
 * Without a cas in the request there is only stored or not: binary nodes reply "exists" to an add and "not found" to a
 * replace.
 */
function storeCode(status: ReplyStatus, to: Command): string {
  if (status === 'ok') return codes.ok;
  return to.cas === 0n || status === 'error' ? codes.notStored : codes[status];
}

function encodeStore(reply: Reply, to: Command, writer: ByteWriter): void {
  if (reply.status === 'ok' && to.quiet) return;
  writer.ascii(`${storeCode(reply.status, to)}${returned(stored, reply, to)}\r\n`);
}

function encodeDelete(reply: Reply, to: Command, writer: ByteWriter): void {
  if (reply.status === 'ok' && to.quiet) return;
  if (reply.status !== 'error') writer.ascii(`${codes[reply.status]}${returned(echoed, reply, to)}\r\n`);
}

function encodeArith(reply: Reply, to: Command, writer: ByteWriter): void {
  const status = reply.status;
  if (status === 'error') return;
  if (status !== 'ok') writer.ascii(`${codes[status]}${returned(echoed, reply, to)}\r\n`);
  else if (!to.quiet) {
    const flags = returned(counted, reply, to);
    if (to.wantValue) encodeValue(`VA ${reply.length}${flags}\r\n`, reply, '\r\n', writer);
    else writer.ascii(`HD${flags}\r\n`);
  }
}

/** `reply.message` is the whole text after `ME `, or without the key when `reply.key` has it. */
function encodeDebug(reply: Reply, _to: Command, writer: ByteWriter): void {
  if (reply.status !== 'ok') writer.ascii('EN\r\n');
  else if (reply.key === '') writer.ascii(`ME ${reply.message}\r\n`);
  else {
    const isEncoded = reply.encodedKey === true || !isPlainKey(reply.key);
    writer.ascii(`ME ${isEncoded ? encodeKey(reply.key) : reply.key} ${reply.message}\r\n`);
  }
}

const encoders: Partial<Readonly<Record<Verb, Encode>>> = {
  get: encodeGet,
  store: encodeStore,
  delete: encodeDelete,
  arith: encodeArith,
  noop: (_reply, _to, writer) => writer.ascii('MN\r\n'),
  debug: encodeDebug,
};

/**
 * Encodes the reply to a command of the meta protocol, or of the classic one, which the same connection supports.
 * Writes nothing where `q` suppresses it: misses of mg, successes of the others. Errors are always written.
 */
export function encodeMetaReply(reply: Reply, to: Command, writer: ByteWriter): void {
  if (to.dialect !== 'meta') encodeTextReply(reply, to, writer);
  else if (reply.status === 'error') encodeError(reply, writer);
  else encoders[to.verb]?.(reply, to, writer);
}
