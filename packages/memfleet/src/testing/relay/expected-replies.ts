/**
 * The replies that a client is owed, so that a fault meets the reply to its command.
 *
 *   requests ─▶ [ A  B  C ] ◀─ frames of the node
 *                 ▲
 *                 └ a quiet command may have no reply: a frame that cannot be its own is that of a later one
 *
 * The binary protocol names the request by its opaque; in the others, the oldest one that can have such a reply has it.
 */
import { latin1Slice, toByteString } from '../../base/bytes.ts';
import type { Command } from '../../core/command.ts';
import { headLength, keyLength, magic } from '../../protocol/binary/header.ts';
import { opcode } from '../../protocol/binary/opcodes.ts';
import { joinKey } from '../cluster/collection-keys.ts';
import type { Effect } from '../faults/fault.ts';
import type { SeenCommand } from './command-log.ts';
import type { Frame } from './reply-frames.ts';

/** A command whose reply is owed. */
export interface Expected {
  readonly command: Command;
  readonly seen: SeenCommand;
  /** What happens to its reply. */
  readonly effects: readonly Effect[];
  /** The reply that the relay gives in place of the node. */
  readonly own: Buffer | undefined;
  /** Frames that wait until the reply is complete; used where there are effects. */
  readonly frames: Buffer[];
}

/** A frame with the command that it is the reply to. */
export interface Paired {
  readonly expected: Expected;
  readonly isLast: boolean;
}

const responseMagics: readonly number[] = [magic.response, magic.flexibleResponse];

/** Whether a node may reply to it at all. */
export function mayHaveReply({ verb, dialect, quiet }: Command): boolean {
  return dialect === 'binary' || (verb !== 'quit' && !(dialect === 'text' && quiet));
}

/** The replies that are owed on one connection. */
export class ExpectedReplies {
  #queue: Expected[] = [];

  /** The number of replies that are owed. */
  get length(): number {
    return this.#queue.length;
  }

  push(expected: Expected): void {
    this.#queue.push(expected);
  }

  /** The replies of the relay itself that are due now: none of the node's comes before them. */
  takeOwn(): readonly Expected[] {
    const count = this.#queue.findIndex(({ own }) => own === undefined);
    return this.#queue.splice(0, count < 0 ? this.#queue.length : count);
  }

  /** The command to which a frame is the reply; undefined: nobody asked for it. */
  pair(frame: Frame, isBinary: boolean): Paired | undefined {
    return isBinary ? this.#pairPacket(frame.bytes) : this.#pairLine(frame);
  }

  #pairPacket(bytes: Buffer): Paired | undefined {
    if (!responseMagics.includes(bytes[0] as number)) return undefined;
    const opaque = bytes.readUInt32BE(12);
    const code = bytes[1];
    const at = this.#queue.findIndex(
      ({ command }) => command.packet?.opaque === opaque && command.packet.opcode === code && mayBeOf(bytes, command),
    );
    const expected = this.#queue[at];
    if (expected === undefined) return undefined;
    const isLast = code !== opcode.stat || bytes.readUInt32BE(8) === 0 || bytes.readUInt16BE(6) !== 0;
    if (isLast) this.#queue.splice(at, 1);
    // The quiet commands before it had nothing to say.
    if (!expected.command.quiet)
      this.#queue = this.#queue.filter(
        (other, index) => index >= at || !other.command.quiet || other.own !== undefined,
      );
    return { expected, isLast };
  }

  #pairLine({ line }: Frame): Paired | undefined {
    for (let expected = this.#queue[0]; expected !== undefined; expected = this.#queue[0]) {
      const verdict = expected.own === undefined ? judgeLine(expected.command, line) : 'other';
      if (verdict === 'more') return { expected, isLast: false };
      if (verdict === 'other' && expected.own !== undefined) return undefined;
      this.#queue.shift();
      if (verdict === 'last') return { expected, isLast: true };
    }
    return undefined;
  }
}

/** Of the quiet gets with one opaque, each is told by its key. */
function mayBeOf(bytes: Buffer, command: Command): boolean {
  const length = keyLength(bytes, 0);
  if (command.packet?.returnKey !== true || length === 0) return true;
  const end = headLength(bytes, 0);
  const key = latin1Slice(bytes, end - length, end);
  return key === command.key || key === joinKey(command);
}

const ofStats = /^(?:STAT|ITEM|PREFIX) |^key=/;

/** `last`: the line ends the reply; `more`: it is a part of it; `other`: it belongs to a later command. */
function judgeLine(command: Command, line: string): 'last' | 'more' | 'other' {
  if (command.dialect === 'meta') return command.quiet && !isOfQuiet(command, line) ? 'other' : 'last';
  if (command.isEndless) return 'more';
  if (command.verb === 'get') return line.startsWith('VALUE ') ? 'more' : 'last';
  return (command.verb === 'stats' || command.verb === 'admin') && ofStats.test(line) ? 'more' : 'last';
}

/** Whether a line can be the reply to this quiet meta command. */
function isOfQuiet({ meta, key, verb }: Command, line: string): boolean {
  const [code = '', ...flags] = line.split(' ');
  if (code === 'MN' || (code === 'EN' && verb === 'get')) return false;
  const opaque = flags.find((flag) => flag.startsWith('O'))?.slice(1);
  if (opaque !== meta?.opaque && (opaque !== undefined || /^[A-Z]{2}$/.test(code))) return false;
  const named = flags.find((flag) => flag.startsWith('k'))?.slice(1);
  if (named === undefined) return true;
  const plain = flags.includes('b') ? Buffer.from(named, 'base64').toString('latin1') : named;
  return plain === key || toByteString(named) === key;
}
