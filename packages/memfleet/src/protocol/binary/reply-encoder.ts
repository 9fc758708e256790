/**
 * Replies → packets to a client, byte for byte those of memcached 1.6.
 *
 *                  ok                             miss                              other
 *   get family     flags, [key], value, cas       0x01 text, GETK: the key          error
 *                  a quiet one has a reply, too   a quiet one has none
 *   touch          flags, cas                     0x01
 *   store          cas                            0x01; append, prepend: 0x05       0x02 exists; notStored: add 0x02,
 *                                                                                   replace 0x01, append, prepend 0x05
 *   arith          u64, cas                       0x01
 *   stats          a packet per item (key, value), an empty one at the end
 *
 * A quiet command has no reply on success only: misses of DELETEQ and of INCREMENTQ have one. Errors always have one.
 */
import type { ByteWriter } from '../../base/byte-writer.ts';
import { latin1Of, toByteString } from '../../base/bytes.ts';
import type { Command } from '../../core/command.ts';
import type { Reply } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import { isByteString } from '../key.ts';
import { opcodeOf } from './command-opcode.ts';
import { headerText, magic, u64Text } from './header.ts';
import { u32Text } from './integers.ts';
import { opcode } from './opcodes.ts';
import { fixedBody, statusOf, statusText } from './statuses.ts';

/**
 * Encodes `reply` as the reply to `to`, with its opcode and opaque. Writes nothing where memcached sends nothing.
 */
export function encodeBinaryReply(reply: Reply, to: Command, writer: ByteWriter): void {
  if (reply.status !== 'ok') return refuse(reply, to, writer);
  switch (to.verb) {
    case 'get':
      return got(reply, to, writer);
    case 'arith':
      return counted(reply, to, writer);
    case 'touch':
      return packet(writer, to, reply, flagsOf(reply), '', '');
    case 'version':
      return packet(writer, to, reply, '', '', reply.message === '' ? reply.raw() : versionBytes(reply.message));
    case 'stats':
      if (reply.part === 'item') return packet(writer, to, reply, '', reply.key, reply.raw());
      return packet(writer, to, reply, '', '', '');
    case 'packet':
      if (!to.quiet) packet(writer, to, reply, extrasOf(reply), reply.key, reply.raw());
      return;
    case 'store':
    case 'delete':
    case 'flush':
    case 'quit':
    case 'noop':
    case 'verbosity':
    case 'auth':
    case 'debug':
    case 'admin':
    case 'invalid':
      if (!to.quiet) packet(writer, to, reply, extrasOf(reply), '', '');
      return;
  }
}

/** The text of a node is already bytes. */
function versionBytes(message: string): string {
  return isByteString(message) ? message : toByteString(message);
}

/**
 * Values up to this length (bytes) are written as text, joined with their header in one copy; longer ones are cheaper
 * as bytes.
 */
const shortValue = 512;

/** A hit. The packets of a multi-key get are those of GETKQ and, at the end, of NOOP. */
function got(reply: Reply, to: Command, writer: ByteWriter): void {
  const many = to.keys !== undefined;
  if (many && reply.part !== 'item') return endOfItems(to, writer);
  const key = many ? reply.key : to.packet?.returnKey === true ? to.key : '';
  packet(writer, to, reply, flagsOf(reply), key, reply.length <= shortValue ? reply.text() : reply.raw());
}

function endOfItems(to: Command, writer: ByteWriter): void {
  writer.ascii(headerText(magic.response, opcode.noop, 0, 0, 0, 0, 0, to.packet?.opaque ?? 0, 0n));
}

function counted(reply: Reply, to: Command, writer: ByteWriter): void {
  const digits = reply.text();
  if (!/^\d{1,20}$/.test(digits)) {
    return refusal(writer, to, status.internalError, '', `${JSON.stringify(digits)} is not a counter`);
  }
  if (!to.quiet) packet(writer, to, reply, extrasOf(reply), '', u64Text(BigInt(digits)));
}

/** Everything but success. */
function refuse(reply: Reply, to: Command, writer: ByteWriter): void {
  const code = codeOf(reply, to);
  if (reply.status === 'miss' && to.verb === 'get') {
    if (to.keys !== undefined) return endOfItems(to, writer);
    if (to.quiet) return;
    if (to.packet?.returnKey === true) return refusal(writer, to, code, to.key, '');
  }
  if (reply.status === 'error' && reply.hasValue) {
    const { datatype } = reply;
    return refusal(writer, to, code, '', reply.raw(), datatype);
  }
  refusal(writer, to, code, '', bodyOf(reply, code));
}

/**
 * The status code of a reply that is not a success; for the store modes as in memcached's `complete_update_bin`.
 */
function codeOf(reply: Reply, to: Command): number {
  const mode = to.verb === 'store' ? to.mode : 'set';
  switch (reply.status) {
    case 'miss':
      return mode === 'append' || mode === 'prepend' ? status.notStored : status.keyNotFound;
    case 'exists':
      return status.keyExists;
    case 'notStored':
      if (mode === 'add') return status.keyExists;
      return mode === 'replace' ? status.keyNotFound : status.notStored;
    default:
      return reply.code === 0 ? statusOf(reply.errorKind, reply.message) : reply.code;
  }
}

function bodyOf(reply: Reply, code: number): string {
  if (reply.status !== 'error' || reply.message === '') return statusText(code);
  return fixedBody(code) ?? toByteString(reply.message);
}

/** Extras that came with the reply (mutation tokens, generic packets), as they are. */
function extrasOf(reply: Reply): string {
  return reply.extras === undefined ? '' : latin1Of(reply.extras);
}

function flagsOf(reply: Reply): string {
  return reply.extras === undefined ? u32Text(reply.flags) : latin1Of(reply.extras);
}

function replyOpcode(to: Command): number {
  return to.packet?.opcode ?? opcodeOf(to);
}

/**
 * A success packet with the cas and datatype of the reply. Its code is 0 or, for a generic packet, "continue" (0x21).
 */
function packet(
  writer: ByteWriter,
  to: Command,
  reply: Reply,
  extras: string,
  key: string,
  value: string | Uint8Array,
): void {
  const code = to.keys === undefined ? replyOpcode(to) : opcodeOf(to);
  const body = extras.length + key.length + value.length;
  const { datatype } = reply;
  const opaque = to.packet?.opaque ?? 0;
  writer.ascii(
    headerText(magic.response, code, key.length, extras.length, datatype, reply.code, body, opaque, reply.cas) +
      extras +
      key,
  );
  if (typeof value === 'string') writer.ascii(value);
  else if (reply.isOwned) writer.bytes(value);
  else writer.copy(value);
}

function refusal(
  writer: ByteWriter,
  to: Command,
  code: number,
  key: string,
  body: string | Uint8Array,
  datatype = 0,
): void {
  const opaque = to.packet?.opaque ?? 0;
  const about = to.keys === undefined ? replyOpcode(to) : opcode.noop;
  const length = key.length + body.length;
  writer.ascii(headerText(magic.response, about, key.length, 0, datatype, code, length, opaque, 0n) + key);
  if (typeof body === 'string') writer.ascii(body);
  else writer.copy(body);
}
