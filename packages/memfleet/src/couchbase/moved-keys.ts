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
import { identityOf } from '../core/collection.ts';
import type { Command } from '../core/command.ts';

/** Returns the commands that a node has in flight, by the name of the node. */
export type InFlight = (node: string) => Iterable<Command>;

/** The keys whose later commands wait. */
export class MovedKeys {
  readonly #inFlight: InFlight;
  /** The old node, by the identity of the item. */
  readonly #nodes = new Map<string, string>();

  constructor(inFlight: InFlight) {
    this.#inFlight = inFlight;
  }

  /** The node will refuse commands. `nodeOf`: where a command can be executed now; undefined = at no known node. */
  note(node: string, nodeOf: (command: Command) => string | undefined): void {
    for (const command of this.#inFlight(node))
      if (isOnActive(command) && nodeOf(command) !== node) this.#nodes.set(identityOf(command), node);
  }

  /** Whether the command must wait, since an earlier one of its key is in flight on the old node. */
  holds(command: Command): boolean {
    if (this.#nodes.size === 0 || !isOnActive(command)) return false;
    const item = identityOf(command);
    const node = this.#nodes.get(item);
    if (node === undefined) return false;
    for (const other of this.#inFlight(node)) if (isOnActive(other) && identityOf(other) === item) return true;
    this.#nodes.delete(item);
    return false;
  }
}

/** Whether it is about an item, in its active copy. */
function isOnActive({ key, replica }: Command): boolean {
  return key !== '' && replica === 0;
}
