/**
 * Commands → packets to a node.
 *
 *   get k            GET                              the reply is one packet
 *   get k1 k2 k3     GETKQ k1, GETKQ k2, GETKQ k3,    the reply is one packet per hit and that of the
 *                    NOOP – all with ONE opaque       NOOP, which says that the other keys missed
 *
 * On a connection with collections, the id of the collection stands before the key of an item.
 *
 * All faults of a command are found before its first byte is written.
 */
import type { ByteWriter } from '../../base/byte-writer.ts';
import { byteStringOf, latin1Of } from '../../base/bytes.ts';
import { type Command, describeCommand, noCreateExptime } from '../../core/command.ts';
import { InvalidArgumentError, InvalidKeyError, UnsupportedError } from '../../core/errors.ts';
import { invalidKey, maxKeyLength, maxScopedKeyLength } from '../key.ts';
import { refuseMetaFlags } from '../meta-only.ts';
import { opcodeOf } from './command-opcode.ts';
import { headerText, magic, u64Text } from './header.ts';
import { u32Text } from './integers.ts';
import { hasItemKey } from './item-opcodes.ts';
import { leb128Text } from './leb128.ts';
import { opcode } from './opcodes.ts';

/**
 * An exptime in the past (31 January 1970): the meaning of a negative exptime of the text protocol, which 32 unsigned
 * bits cannot express.
 */
const alreadyExpired = 2_592_001;
/** The id of the default collection. */
const defaultPrefix = leb128Text(0);
const maxU64 = 0xffff_ffff_ffff_ffffn;

/**
 * Writes `command` as packets that all carry `opaque` (0 … 2^32−1), regardless of `command.packet.opaque`:
 * the connection has opaques of its own.
 *
 * A quiet `touch`, `noop`, `version` or `stats` is written as the plain opcode, because there is no quiet one: it has a
 * reply. `isQuietOpcode(opcodeOf(command))` tells them apart. Throws, before anything is written, InvalidKeyError
 * (empty, over 250 bytes), InvalidArgumentError (delta, extras or framing that do not fit their fields) and
 * UnsupportedError (`auth`, `debug`, `invalid`, meta flags whose meaning the binary protocol cannot carry, a named
 * collection without `hasCollections`). `hasCollections`: the node granted them.
 */
export function encodePacketCommand(
  command: Command,
  writer: ByteWriter,
  opaque: number,
  hasCollections: boolean = false,
): void {
  refuseMetaFlags(command, 'binary');
  switch (command.verb) {
    case 'get': {
      if (command.keys !== undefined) return getMany(command, command.keys, writer, opaque, hasCollections);
      const extras = command.touch ? u32Text(wireExptime(command.exptime)) : '';
      return write(command, writer, opaque, extras, itemKey(command, hasCollections), '');
    }
    case 'store': {
      const key = itemKey(command, hasCollections);
      return write(command, writer, opaque, storeExtras(command), key, command.value);
    }
    case 'delete':
      return write(command, writer, opaque, '', itemKey(command, hasCollections), '');
    case 'arith': {
      const key = itemKey(command, hasCollections);
      return write(command, writer, opaque, arithExtras(command), key, '');
    }
    case 'touch': {
      const key = itemKey(command, hasCollections);
      return write(command, writer, opaque, u32Text(wireExptime(command.exptime)), key, '');
    }
    case 'flush':
      return write(command, writer, opaque, command.exptime > 0 ? u32Text(wireExptime(command.exptime)) : '', '', '');
    case 'verbosity':
      return write(command, writer, opaque, u32Text(command.exptime), '', '');
    case 'stats':
      return stats(command, writer, opaque);
    case 'noop':
    case 'version':
    case 'quit':
      return write(command, writer, opaque, '', '', '');
    case 'packet':
      return packet(command, writer, opaque, hasCollections);
    case 'auth':
    case 'debug':
    case 'admin':
    case 'invalid':
      throw new UnsupportedError(`the binary protocol cannot express ${describeCommand(command)}`);
  }
}

const noBytes = new Uint8Array(0);

/** The key as it stands on the wire. */
function itemKey(command: Command, hasCollections: boolean): string {
  const { collection, key } = command;
  if (hasCollections && collection !== undefined) {
    if (key.length === 0 || key.length > maxScopedKeyLength) throw invalidKey(key, 'binary', maxScopedKeyLength);
    return leb128Text(collection.id) + key;
  }
  if (collection !== undefined) throw noCollections(command);
  checkKey(key);
  return hasCollections ? defaultPrefix + key : key;
}

function noCollections({ collection }: Command): UnsupportedError {
  return new UnsupportedError(`the node has no collections, so not ${collection?.path}`);
}

/** A request that memcached does not have. Its key may be of something else than an item. */
function packet(command: Command, writer: ByteWriter, opaque: number, hasCollections: boolean): void {
  const mayBeScoped = hasCollections || command.collection !== undefined;
  const isScoped = mayBeScoped && command.key !== '' && hasItemKey(opcodeOf(command));
  const key = isScoped ? itemKey(command, hasCollections) : command.key;
  write(command, writer, opaque, latin1Of(command.packet?.extras ?? noBytes), key, command.value);
}

function getMany(
  command: Command,
  keys: readonly string[],
  writer: ByteWriter,
  opaque: number,
  hasCollections: boolean,
): void {
  // The keys in the replies would have the id before them, too.
  if (hasCollections) throw new UnsupportedError('a connection with collections has no gets of many keys');
  for (const key of keys) checkKey(key);
  const code = opcodeOf(command);
  const extras = command.touch ? u32Text(wireExptime(command.exptime)) : '';
  for (const key of keys) {
    const body = extras.length + key.length;
    writer.ascii(
      headerText(magic.request, code, key.length, extras.length, 0, command.vbucket, body, opaque, 0n) + extras + key,
    );
  }
  writer.ascii(headerText(magic.request, opcode.noop, 0, 0, 0, 0, 0, opaque, 0n));
}

function stats(command: Command, writer: ByteWriter, opaque: number): void {
  const group = byteStringOf(command.value);
  if (group !== '') checkKey(group);
  write(command, writer, opaque, '', group, '');
}

function write(
  command: Command,
  writer: ByteWriter,
  opaque: number,
  extras: string,
  key: string,
  value: string | Uint8Array,
): void {
  const { packet } = command;
  const framing = packet?.framing;
  if (packet !== undefined) checkFields(extras, key, framing);
  const framingLength = framing?.length ?? 0;
  const header = headerText(
    framing === undefined ? magic.request : magic.flexibleRequest,
    opcodeOf(command),
    (framingLength << 8) | key.length,
    extras.length,
    packet?.datatype ?? 0,
    command.vbucket,
    framingLength + extras.length + key.length + value.length,
    opaque,
    // The C of `mg` is dropped: the reply to a GET always has the value, and Couchbase refuses a cas there.
    command.verb === 'get' && command.meta !== undefined ? 0n : command.cas,
  );
  writer.ascii(framing === undefined ? header + extras + key : header + latin1Of(framing) + extras + key);
  if (value !== '') writer.value(value);
}

function storeExtras(command: Command): string {
  if (command.mode === 'append' || command.mode === 'prepend') return '';
  return u32Text(command.flags) + u32Text(wireExptime(command.exptime));
}

/** Without an initial value the exptime means "fail if missing" (memcached `complete_incr_bin`). */
function arithExtras(command: Command): string {
  const delta = counter(command.delta, 'delta');
  if (command.initial === undefined) return delta + u64Text(0n) + u32Text(noCreateExptime);
  const exptime = command.meta?.vivify ?? command.exptime;
  return delta + counter(command.initial, 'initial value') + u32Text(wireExptime(exptime));
}

function counter(value: number | bigint, what: string): string {
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!whole || value < 0 || value > maxU64) throw new InvalidArgumentError(`${what} ${value} is not 0 … 2^64−1`);
  return u64Text(BigInt(value));
}

/** Negative: expired. Beyond 32 bits: the last possible second that is not the mark for "fail if missing". */
function wireExptime(exptime: number): number {
  return exptime < 0 ? alreadyExpired : Math.min(exptime, noCreateExptime - 1);
}

function checkKey(key: string): void {
  if (key.length === 0 || key.length > maxKeyLength) throw invalidKey(key, 'binary');
}

/**
 * The limits of the length fields of a free packet: 8 bits each for extras, framing extras and a key behind framing
 * extras, else 16 bits for the key.
 */
function checkFields(extras: string, key: string, framing: Uint8Array | undefined): void {
  const maxKey = framing === undefined ? 0xffff : 0xff;
  if (key.length > maxKey) throw new InvalidKeyError(`the key has ${key.length} bytes, ${maxKey} fit the packet`);
  if (extras.length > 0xff) throw new InvalidArgumentError(`extras of ${extras.length} bytes, 255 fit the packet`);
  if ((framing?.length ?? 0) > 0xff) {
    throw new InvalidArgumentError(`framing extras of ${framing?.length} bytes, 255 fit the packet`);
  }
}
