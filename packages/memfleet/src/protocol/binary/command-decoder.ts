/**
 * Packets from a client → commands that belong to their receiver.
 *
 * Packets that memcached refuses (`dispatch_bin_command` in its `proto_bin.c`) become verb `invalid`, to which the
 * session replies in order:
 *
 *   inconsistent lengths                           0x81 Unknown command     close
 *   key over the limit, shape of another command   0x04 Invalid arguments   close
 *   value over the limit                           0x03 Too large.          its bytes are dropped, the connection
 *                                                                           lives, the old value of a set goes
 *   bad magic                                      ProtocolError: memcached closes without a reply
 *
 * After a refusal with `close` nothing more is read. Opcodes that memcached does not know become verb `packet` with
 * their whole body; memcached itself loses synchronisation when such a request carries extras or a key.
 */
import { latin1Slice } from '../../base/bytes.ts';
import { Command, noCreateExptime } from '../../core/command.ts';
import { ProtocolError } from '../../core/errors.ts';
import { status } from '../../core/status.ts';
import {
  type Allocate,
  allocateOwn,
  type CommandDecoder,
  type CommandSink,
  defaultLimits,
  type Limits,
  type Texts,
} from '../codec.ts';
import { framingLength, headerLength, headLength, keyLength, magic, packetLength, readU64 } from './header.ts';
import { readU16, readU32 } from './integers.ts';
import { isQuietOpcode, type OpcodeShape, shapes } from './opcode-shapes.ts';
import { opcode } from './opcodes.ts';
import { PacketReader, type PacketPlan, type PacketSink } from './packet-reader.ts';
import { errorKindOf, statusText } from './statuses.ts';

/** Values up to this length (bytes) become byte strings, longer ones buffers of their own. */
const shortValue = 4096;

/** The command corner of the binary codec for decoding; `limits.maxKey` and `limits.maxValue` count. */
export function binaryCommandDecoder(
  sink: CommandSink,
  limits?: Partial<Limits>,
  _texts?: Texts,
  allocate: Allocate = allocateOwn,
): CommandDecoder {
  return new BinaryCommandDecoder(sink, { ...defaultLimits, ...limits }, allocate);
}

class BinaryCommandDecoder implements CommandDecoder {
  readonly #packets: CommandPackets;
  readonly #reader: PacketReader;

  constructor(sink: CommandSink, limits: Limits, allocate: Allocate) {
    this.#packets = new CommandPackets(sink, limits, allocate);
    this.#reader = new PacketReader(this.#packets, allocate);
  }

  push(chunk: Uint8Array): number {
    return this.#reader.push(chunk);
  }

  get unfinished(): number {
    return this.#reader.unfinished;
  }

  limit(limits: Partial<Limits>): void {
    this.#packets.limit(limits);
  }

  releaseMemory(): void {
    this.#reader.releaseMemory();
  }

  target(): Uint8Array | undefined {
    return this.#reader.target();
  }

  filled(count: number): void {
    this.#reader.filled(count);
  }

  end(): void {
    this.#reader.end();
  }
}

class CommandPackets implements PacketSink {
  readonly #sink: CommandSink;
  #limits: Limits;
  readonly #allocate: Allocate;

  constructor(sink: CommandSink, limits: Limits, allocate: Allocate) {
    this.#sink = sink;
    this.#limits = limits;
    this.#allocate = allocate;
  }

  limit(limits: Partial<Limits>): void {
    this.#limits = { ...this.#limits, ...limits };
  }

  onHeader(bytes: Uint8Array, at: number): PacketPlan {
    const first = bytes[at]!;
    if (first !== magic.request && !(first === magic.flexibleRequest && this.#limits.framing)) {
      throw new ProtocolError(`0x${first.toString(16).padStart(2, '0')} is not the magic byte of a request`);
    }
    if (refusal(bytes, at, this.#limits.maxKey) !== status.success) return 'stop';
    return packetLength(bytes, at) - headLength(bytes, at) > this.#limits.maxValue ? 'head' : 'take';
  }

  onPacket(bytes: Uint8Array, at: number, own: Uint8Array | undefined): boolean | void {
    const code = bytes[at + 1]!;
    const shape = shapes[code];
    const extrasAt = at + headerLength + framingLength(bytes, at);
    const keyAt = extrasAt + bytes[at + 4]!;
    const valueAt = keyAt + keyLength(bytes, at);
    const command = begin(shape?.verb ?? 'packet', bytes, at, latin1Slice(bytes, keyAt, valueAt));
    command.quiet = shape?.quiet ?? isQuietOpcode(code);
    const value = own ?? takeValue(bytes, valueAt, at + packetLength(bytes, at), this.#allocate);
    if (value === undefined) return this.onHead(bytes, at, 'take');
    command.value = value;
    const framingAt = at + headerLength;
    if (extrasAt > framingAt) command.packet = { ...command.packet!, framing: copyOf(bytes, framingAt, extrasAt) };
    if (shape !== undefined && command.verb !== 'packet') fill(command, shape, bytes, extrasAt, keyAt);
    else if (keyAt > extrasAt) command.packet = { ...command.packet!, extras: copyOf(bytes, extrasAt, keyAt) };
    return this.#sink.onCommand(command);
  }

  onHead(bytes: Uint8Array, at: number, plan: PacketPlan): boolean | void {
    const stop = plan === 'stop';
    const code = stop
      ? refusal(bytes, at, this.#limits.maxKey)
      : plan === 'head'
        ? status.tooLarge
        : status.outOfMemory;
    const head = headLength(bytes, at);
    const key = stop ? '' : latin1Slice(bytes, at + head - keyLength(bytes, at), at + head);
    const command = begin('invalid', bytes, at, key);
    const forget = !stop && (bytes[at + 1] === opcode.set || bytes[at + 1] === opcode.setQ);
    command.fault = { kind: errorKindOf(code), message: statusText(code), status: code, close: stop, forget };
    return this.#sink.onCommand(command);
  }
}

/** The status with which memcached refuses a request of this header and then closes; 0 when it is valid. */
function refusal(bytes: Uint8Array, at: number, maxKey: number): number {
  const value = packetLength(bytes, at) - headLength(bytes, at);
  if (value < 0) return status.unknownCommand;
  const key = keyLength(bytes, at);
  if (key > maxKey) return status.invalidArguments;
  const shape = shapes[bytes[at + 1]!];
  if (shape === undefined) return status.success;
  const fits =
    shape.extras.includes(bytes[at + 4]!) &&
    (shape.key === 'optional' || key > 0 === (shape.key === 'required')) &&
    (shape.value || value === 0);
  return fits ? status.success : status.invalidArguments;
}

/** A command with the fields of every header. */
function begin(verb: Command['verb'], bytes: Uint8Array, at: number, key: string): Command {
  const command = new Command(verb, key);
  command.dialect = 'binary';
  command.vbucket = readU16(bytes, at + 6);
  command.cas = readU64(bytes, at + 16);
  command.packet = {
    opcode: bytes[at + 1]!,
    opaque: readU32(bytes, at + 12),
    datatype: bytes[at + 5]!,
    returnKey: shapes[bytes[at + 1]!]?.returnKey ?? false,
  };
  return command;
}

/** Reads the extras. Every binary reply carries the cas, so it is requested wherever a node can return it. */
function fill(command: Command, shape: OpcodeShape, bytes: Uint8Array, extrasAt: number, extrasEnd: number): void {
  switch (command.verb) {
    case 'get':
      command.wantCas = true;
      command.touch = shape.touch;
      if (shape.touch) command.exptime = readU32(bytes, extrasAt);
      return;
    case 'store':
      command.wantCas = true;
      command.mode = shape.mode;
      if (extrasEnd === extrasAt) return;
      command.flags = readU32(bytes, extrasAt);
      command.exptime = readU32(bytes, extrasAt + 4);
      return;
    case 'arith':
      command.wantCas = true;
      command.decrement = shape.decrement;
      command.delta = readCounter(bytes, extrasAt);
      command.exptime = readU32(bytes, extrasAt + 16);
      if (command.exptime === noCreateExptime) command.exptime = 0;
      else command.initial = readU64(bytes, extrasAt + 8);
      return;
    case 'touch':
      command.wantCas = true;
      command.exptime = readU32(bytes, extrasAt);
      return;
    case 'verbosity':
      command.exptime = readU32(bytes, extrasAt);
      return;
    case 'flush':
      if (extrasEnd > extrasAt) command.exptime = readU32(bytes, extrasAt);
      return;
    case 'stats':
      command.value = command.key;
      command.key = '';
      return;
    default:
  }
}

/** A delta: a number where that is exact. */
function readCounter(bytes: Uint8Array, at: number): number | bigint {
  const value = readU64(bytes, at);
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function takeValue(bytes: Uint8Array, start: number, end: number, allocate: Allocate): string | Uint8Array | undefined {
  if (end === start) return '';
  if (end - start <= shortValue) return latin1Slice(bytes, start, end);
  const own = allocate(end - start);
  own?.set(bytes.subarray(start, end));
  return own;
}

/** A copy of the bytes, because the chunk will be overwritten. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return Uint8Array.from(bytes.subarray(start, end));
}
