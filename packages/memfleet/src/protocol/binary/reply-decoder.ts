/**
 * Packets from a node → replies. ONE reply is reused; it and every view in it are valid only during the call.
 *
 *   0x81, 0x18  a reply                ─▶ sink.onReply
 *   0x82        a server request       ─▶ sink.onPush, if there is one
 *   else        ProtocolError, dead
 */
import { latin1Slice } from '../../base/bytes.ts';
import type { Verb } from '../../core/command.ts';
import { ProtocolError } from '../../core/errors.ts';
import { Reply, type ReplyStatus } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import { subStatus } from '../../core/sub-status.ts';
import { type Decoder, defaultLimits, type Limits, type ReplySink } from '../codec.ts';
import { couchbaseOpcode } from './couchbase-opcodes.ts';
import { serverTimeIn } from './frame-info.ts';
import { framingLength, headerLength, keyLength, magic, packetLength, readU64, readU64Text } from './header.ts';
import { readU16, readU32 } from './integers.ts';
import { opcodeName } from './opcode-names.ts';
import { shapes } from './opcode-shapes.ts';
import { opcode } from './opcodes.ts';
import { PacketReader, type PacketPlan, type PacketSink } from './packet-reader.ts';
import { errorKindOf, statusText } from './statuses.ts';

/** A `ReplySink` that also receives the notifications of Couchbase nodes. */
export interface BinaryReplySink extends ReplySink {
  /**
   * The server sent a request of its own (magic 0x82), such as a changed cluster map. `reply` (status `ok`) holds its
   * opcode, opaque, extras, key, value and datatype, during the call. Without this method such packets are dropped. No
   * reply is expected.
   */
  onPush?(reply: Reply): void;
}

/**
 * The content of a successful reply: its value as it is, with the flags in the extras, a counter, a version, a stat, an
 * item of a multi-key get, entries of a range scan that goes on.
 */
type Content = 'plain' | 'value' | 'touched' | 'item' | 'counter' | 'version' | 'stat' | 'scanned';

const contents: readonly Content[] = Array.from({ length: 256 }, (_, code) => contentOf(code));

function contentOf(code: number): Content {
  if (code === opcode.getKQ || code === opcode.gatKQ) return 'item';
  if (code === couchbaseOpcode.getReplica || code === couchbaseOpcode.getLocked) return 'value';
  if (code === couchbaseOpcode.rangeScanContinue) return 'scanned';
  switch (shapes[code]?.verb) {
    case 'get':
      return 'value';
    case 'touch':
      return 'touched';
    case 'arith':
      return 'counter';
    case 'version':
      return 'version';
    case 'stats':
      return 'stat';
    default:
      return 'plain';
  }
}

/** The reply corner of the binary codec for decoding; only `limits.maxValue` applies. */
export function binaryReplyDecoder(sink: BinaryReplySink, limits?: Partial<Limits>): Decoder {
  return new PacketReader(new ReplyPackets(sink, limits?.maxValue ?? defaultLimits.maxValue));
}

class ReplyPackets implements PacketSink {
  readonly #sink: BinaryReplySink;
  readonly #maxValue: number;
  readonly #reply = new Reply();

  constructor(sink: BinaryReplySink, maxValue: number) {
    this.#sink = sink;
    this.#maxValue = maxValue;
  }

  onHeader(bytes: Uint8Array, at: number): PacketPlan {
    const first = bytes[at]!;
    if (first !== magic.response && first !== magic.flexibleResponse && first !== magic.serverRequest) {
      throw new ProtocolError(`0x${first.toString(16).padStart(2, '0')} is not the magic byte of a reply`);
    }
    const framing = framingLength(bytes, at);
    const extras = bytes[at + 4]!;
    const key = keyLength(bytes, at);
    const body = readU32(bytes, at + 8);
    const value = body - framing - extras - key;
    if (value < 0) {
      throw new ProtocolError(
        `total body length ${body} is less than extras ${framing + extras} and key ${key} in a reply to ${opcodeName(bytes[at + 1]!)}`,
      );
    }
    if (value > this.#maxValue) {
      throw new ProtocolError(
        `value length ${value} is over the limit of ${this.#maxValue} in a reply to ${opcodeName(bytes[at + 1]!)}`,
      );
    }
    return 'take';
  }

  onPacket(bytes: Uint8Array, at: number, own: Uint8Array | undefined): void {
    const framingAt = at + headerLength;
    const extrasAt = framingAt + framingLength(bytes, at);
    const keyAt = extrasAt + bytes[at + 4]!;
    const valueAt = keyAt + keyLength(bytes, at);
    const reply = this.#reply;
    reply.reset('ok');
    reply.opcode = bytes[at + 1]!;
    reply.datatype = bytes[at + 5]!;
    reply.serverTime = serverTimeIn(bytes, framingAt, extrasAt);
    reply.opaqueNumber = readU32(bytes, at + 12);
    reply.cas = readU64(bytes, at + 16);
    if (valueAt > keyAt) reply.key = latin1Slice(bytes, keyAt, valueAt);
    if (own !== undefined) reply.setBytes(own, 0, own.length, true);
    else reply.setBytes(bytes, valueAt, at + packetLength(bytes, at), false);
    if (bytes[at] === magic.serverRequest) {
      if (keyAt > extrasAt) reply.extras = bytes.subarray(extrasAt, keyAt);
      this.#sink.onPush?.(reply);
      return;
    }
    const code = readU16(bytes, at + 6);
    if (code === status.success) readContent(reply, bytes, extrasAt, keyAt);
    else {
      if (keyAt > extrasAt) reply.extras = bytes.subarray(extrasAt, keyAt);
      readRefusal(reply, code);
    }
    this.#sink.onReply(reply);
  }

  onHead(): void {
    // Replies are either delivered whole or the connection is dead: there is no other plan.
  }
}

/** The length of the token of a mutation: the uuid of the vBucket, and the sequence number in it. */
const tokenLength = 16;
const mutations: readonly (Verb | undefined)[] = ['store', 'delete', 'arith'];

/** By opcode. */
const hasToken: readonly boolean[] = Array.from(
  { length: 256 },
  (_, code) => mutations.includes(shapes[code]?.verb) || code === couchbaseOpcode.subdocMultiMutation,
);

/** A reply without a value, used to clear the value of another. */
const noValue = new Reply();

/** Reads a reply with status 0 by its opcode. Header, key and value are already in `reply`. */
function readContent(reply: Reply, bytes: Uint8Array, extrasAt: number, extrasEnd: number): void {
  const content = contents[reply.opcode]!;
  const extrasLength = extrasEnd - extrasAt;
  if (extrasLength === 4 && (content === 'value' || content === 'item' || content === 'touched')) {
    reply.flags = readU32(bytes, extrasAt);
  } else if (extrasLength === tokenLength && hasToken[reply.opcode]!) reply.setToken(bytes, extrasAt);
  else if (extrasLength > 0) reply.extras = bytes.subarray(extrasAt, extrasEnd);
  switch (content) {
    case 'value':
      return;
    case 'item':
    case 'scanned':
      reply.part = 'item';
      return;
    case 'counter':
      if (reply.length !== 8) {
        throw new ProtocolError(`value length ${reply.length} in a reply to ${opcodeName(reply.opcode)}, 8 expected`);
      }
      reply.setText(readU64Text(reply.raw() as Uint8Array, 0));
      return;
    case 'version':
      reply.message = reply.text();
      return;
    case 'stat':
      reply.part = reply.key === '' && reply.length === 0 ? 'end' : 'item';
      return;
    case 'touched':
    case 'plain':
      if (reply.length === 0) reply.setValueOf(noValue);
      return;
  }
}

const replaces: readonly number[] = [opcode.replace, opcode.replaceQ];
const adds: readonly number[] = [opcode.add, opcode.addQ];
/** Statuses that are a success of some opcodes, and say what the body is: `Reply.code` keeps them. */
const continuations: ReadonlyMap<number, readonly number[]> = new Map<number, readonly number[]>([
  [status.authContinue, [opcode.saslAuth, opcode.saslStep]],
  [subStatus.multiPathFailure, [couchbaseOpcode.subdocMultiLookup, couchbaseOpcode.subdocMultiMutation]],
  [status.rangeScanMore, [couchbaseOpcode.rangeScanContinue]],
  [status.rangeScanComplete, [couchbaseOpcode.rangeScanContinue]],
]);
/** Verbs about the item of a key, which can be missing, or differ from the expected one. */
const keyed: readonly Verb[] = ['get', 'store', 'delete', 'arith', 'touch', 'packet'];

/** By opcode. Opcodes that memcached does not know are Couchbase's; their senders interpret the replies. */
const isKeyed: readonly boolean[] = Array.from({ length: 256 }, (_, code) => {
  const shape = shapes[code];
  return shape === undefined || (keyed.includes(shape.verb) && shape.key === 'required');
});

/**
 * The meaning of a status for the item; undefined: it is an error. The meanings by opcode are in `complete_update_bin`
 * of memcached's `proto_bin.c`.
 */
function outcomeOf(code: number, of: number): ReplyStatus | undefined {
  if (!isKeyed[of]) return undefined;
  switch (code) {
    case status.keyNotFound:
      return replaces.includes(of) ? 'notStored' : 'miss';
    case status.keyExists:
      return adds.includes(of) ? 'notStored' : 'exists';
    case status.notStored:
      return 'notStored';
    // The lock has another cas, or there is none: waiting would not help.
    case status.locked:
      return of === couchbaseOpcode.unlockKey ? 'exists' : undefined;
    case status.notLocked:
      return of === couchbaseOpcode.unlockKey ? 'notStored' : undefined;
    default:
      return undefined;
  }
}

/**
 * Reads a reply whose status is not 0. A status without a meaning for the item is an error for every opcode: an unknown
 * status is never a success. The body of an error is both its message and its value, because some statuses carry a
 * value (the cluster map of NOT_MY_VBUCKET, the JSON context of Couchbase's errors).
 */
function readRefusal(reply: Reply, code: number): void {
  reply.code = code;
  if (continuations.get(code)?.includes(reply.opcode) === true) return;
  const outcome = outcomeOf(code, reply.opcode);
  if (outcome !== undefined) {
    reply.status = outcome;
    reply.setValueOf(noValue);
    return;
  }
  reply.status = 'error';
  // STAT of a group that the node does not know.
  reply.errorKind = code === status.keyNotFound ? 'unknownCommand' : errorKindOf(code);
  reply.message = refusalMessage(reply, code);
}

/** A body longer than this is not a message. */
const longestMessage = 4096;
// oxlint-disable-next-line no-control-regex -- a message is one line, whatever the node sends
const control = /[\x00-\x1f\x7f]+/g;

function refusalMessage(reply: Reply, code: number): string {
  const plain = statusText(code);
  if (reply.length === 0 || reply.length > longestMessage || code === status.notMyVbucket) return plain;
  const body = reply.utf8();
  if (!body.startsWith('{')) return body.replaceAll(control, ' ');
  const context = contextOf(body);
  return context === undefined ? plain : `${plain}: ${context.replaceAll(control, ' ')}`;
}

/** Couchbase's error bodies: `{"error":{"context":"…","ref":"…"}}`. */
function contextOf(body: string): string | undefined {
  try {
    const context: unknown = JSON.parse(body)?.error?.context;
    return typeof context === 'string' && context !== '' ? context : undefined;
  } catch {
    return undefined;
  }
}
