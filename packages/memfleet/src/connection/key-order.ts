/**
 * The order of the commands of one key on a connection whose node may execute requests in any order.
 *
 *   command ─▶ hash of its key ─▶ chain of the entries with that hash, the newest first
 *                                   └ one of the same key is in flight, and one of the two writes ─▶ barrier
 *
 * A request with a barrier is executed after all earlier ones and before all later ones (kv_engine
 * UnorderedExecution.md). Reads beside reads need none, nor does a multi-key get: a node
 * reorders neither its quiet gets nor the NOOP behind them.
 *
 * Replies cost nothing here: a chain ends at the first entry that has left the ring.
 */
import { type Command, derive, isRead } from '../core/command.ts';
import { opcodeOf } from '../protocol/binary/command-opcode.ts';
import { withBarrierFrame } from '../protocol/binary/frame-info.ts';
import type { PendingRing } from './pending-ring.ts';

/** A power of two. */
const slots = 1024;
/** A command whose chain is longer is taken for a conflicting one. */
const longestChain = 64;
const nothing = -1;

/** Finds commands that must be executed after another one that is in flight. It is for `Pending` only. */
export class KeyOrder {
  readonly #ring: PendingRing;
  /** The newest entry of each hash. */
  readonly #newest = new Float64Array(slots).fill(nothing);
  /** For each entry, the one before it with the same hash. */
  #previous: Float64Array;
  #mask: number;
  /** The hash of the command that `order` received last. */
  #slot = 0;

  constructor(ring: PendingRing) {
    this.#ring = ring;
    this.#mask = ring.mask;
    this.#previous = new Float64Array(ring.mask + 1).fill(nothing);
  }

  /** Called before the command becomes the next entry: the command as it is sent, with a barrier if it needs one. */
  order(command: Command): Command {
    const { key } = command;
    if (key === '' || command.keys !== undefined) return command;
    const slot = hashOf(command.vbucket, key);
    this.#slot = slot;
    const newest = this.#newest[slot]!;
    return newest >= this.#ring.head && this.#conflicts(command, newest) ? withBarrier(command) : command;
  }

  /** Called when the command that `order` received last has become the entry. */
  push(command: Command, entry: number): void {
    if (this.#ring.mask !== this.#mask) this.#grow();
    if (command.key === '' || command.keys !== undefined) return;
    const slot = this.#slot;
    this.#previous[entry & this.#mask] = this.#newest[slot]!;
    this.#newest[slot] = entry;
  }

  /** `newest`: the newest entry of the command's hash. */
  #conflicts(command: Command, newest: number): boolean {
    const ring = this.#ring;
    const isReading = isRead(command);
    let length = 0;
    for (let entry = newest; entry >= ring.head; entry = this.#previous[entry & this.#mask]!) {
      if (++length > longestChain) return true;
      if (ring.isDone(entry)) continue;
      const other = ring.commandOf(entry);
      const isSame = other.key === command.key && other.collection === command.collection;
      if (isSame && !(isReading && isRead(other))) return true;
    }
    return false;
  }

  #grow(): void {
    const { head, mask, tail } = this.#ring;
    const previous = new Float64Array(mask + 1).fill(nothing);
    for (let entry = head; entry < tail; entry++) previous[entry & mask] = this.#previous[entry & this.#mask]!;
    this.#previous = previous;
    this.#mask = mask;
  }
}

/** The vBucket is a hash of the whole key already; the last characters tell the keys of one vBucket apart. */
function hashOf(vbucket: number, key: string): number {
  const end = key.length;
  return (vbucket ^ (key.charCodeAt(end - 1) << 4) ^ ((end > 1 ? key.charCodeAt(end - 2) : 0) << 1)) & (slots - 1);
}

function withBarrier(command: Command): Command {
  const { packet } = command;
  return derive(command, {
    packet: { opcode: opcodeOf(command), opaque: 0, ...packet, framing: withBarrierFrame(packet?.framing) },
  });
}
