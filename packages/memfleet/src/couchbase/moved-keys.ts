/**
 * Keys with commands in flight that their node will refuse: it is no longer the one of their vBucket, or does not know
 * the id of their collection.
 *
 *   the vBucket moves, the id is outdated ─▶ keys in flight on the old node are noted
 *   a later command ─ its key is noted ─ the old node still owes a reply ─▶ it waits
 *                  │                  └ it owes none ─▶ the key is forgotten
 *                  └─────────────────────────────────────────────────────▶ the new node
 *
 * The old node refuses what is in flight, and it is resent. A later command that went to the new node at once would
 * be executed before it.
 */
import type { Clock } from '../base/clock.ts';
import { identityOf } from '../core/collection.ts';
import type { Command } from '../core/command.ts';

/** Returns the commands that a node has in flight, by the name of the node. */
export type InFlight = (node: string) => Iterable<Command>;

/** The number of commands that a node had in flight at a time, for each noted item of which there were some. */
interface Look {
  /** ms on the clock. */
  readonly at: number;
  readonly counts: Map<string, number>;
}

/**
 * The keys whose later commands wait. What a node has in flight is looked at once in a turn, not for each command:
 * thousands may be in flight, and as many wait.
 */
export class MovedKeys {
  readonly #inFlight: InFlight;
  readonly #clock: Clock;
  /** The old node, by the identity of the item. */
  readonly #nodes = new Map<string, string>();
  /** The last look at each old node. */
  readonly #looks = new Map<string, Look>();

  constructor(inFlight: InFlight, clock: Clock) {
    this.#inFlight = inFlight;
    this.#clock = clock;
  }

  /** The node will refuse commands. `nodeOf`: where a command can be executed now; undefined = at no known node. */
  note(node: string, nodeOf: (command: Command) => string | undefined): void {
    for (const command of this.#inFlight(node))
      if (isOnActive(command) && nodeOf(command) !== node) this.#nodes.set(identityOf(command), node);
    this.#looks.delete(node);
  }

  /** The node has refused the command, which is not in flight any more. */
  refused(command: Command, node: string): void {
    const counts = this.#looks.get(node)?.counts;
    if (counts === undefined || !isOnActive(command)) return;
    const item = identityOf(command);
    const count = counts.get(item) ?? 0;
    if (count > 1) counts.set(item, count - 1);
    else counts.delete(item);
  }

  /** Whether the command must wait, since an earlier one of its key is in flight on the old node. */
  holds(command: Command): boolean {
    if (this.#nodes.size === 0 || !isOnActive(command)) return false;
    const item = identityOf(command);
    const node = this.#nodes.get(item);
    if (node === undefined) return false;
    let look = this.#looks.get(node) ?? this.#look(node);
    // Replies that came since then are not counted.
    if (look.counts.has(item) && look.at !== this.#clock.now()) look = this.#look(node);
    if (look.counts.has(item)) return true;
    this.#nodes.delete(item);
    if (this.#nodes.size === 0) this.#looks.clear();
    return false;
  }

  /** Counts what the node has in flight, and forgets the items of which there is nothing. */
  #look(node: string): Look {
    const counts = new Map<string, number>();
    for (const command of this.#inFlight(node)) {
      const item = isOnActive(command) ? identityOf(command) : '';
      if (this.#nodes.get(item) === node) counts.set(item, (counts.get(item) ?? 0) + 1);
    }
    for (const [item, old] of this.#nodes) if (old === node && !counts.has(item)) this.#nodes.delete(item);
    const look = { at: this.#clock.now(), counts };
    this.#looks.set(node, look);
    return look;
  }
}

/** Whether it is about an item, in its active copy. */
function isOnActive({ key, replica }: Command): boolean {
  return key !== '' && replica === 0;
}
