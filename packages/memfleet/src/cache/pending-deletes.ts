/**
 * Keys whose delete a node has not received: the call failed, or another node took it. The node may have kept its
 * memory, and return the old value when it is back.
 *
 *   write fails ─▶ add ─▶ node is back ─▶ keysOf: all of the node, oldest first ─▶ sent
 *                   │       a read of the key ─▶ has: the delete is sent right before it
 *                   │       a write of the key succeeds ─▶ remove
 *                   └ too many, or one too old ─▶ all of the node are dropped: `staleRisk`
 *
 * Of a node all or none: once one key is dropped, its values are only as good as their ttl.
 */
import type { Clock } from '../base/clock.ts';
import type { PendingDeleteOptions, Whole } from './options.ts';
import type { PendingDeleteStats } from './stats.ts';

/** Is told when keys of a node were dropped. */
export type StaleRisk = (node: string, keys: number) => void;

/** The keys whose delete a node has not received. */
export class PendingDeletes {
  readonly #options: Whole<PendingDeleteOptions>;
  readonly #clock: Clock;
  readonly #onStaleRisk: StaleRisk;
  /** Of each node its keys, the oldest first, with the time at which they were added. */
  readonly #nodes = new Map<string, Map<string, number>>();
  #count = 0;
  #sent = 0;
  #dropped = 0;

  constructor(options: Whole<PendingDeleteOptions>, clock: Clock, onStaleRisk: StaleRisk) {
    this.#options = options;
    this.#clock = clock;
    this.#onStaleRisk = onStaleRisk;
  }

  /** Whether there is none, of any node. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** The nodes that have not received all deletes. */
  get nodes(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  /** The node that owns the key has not received the delete. */
  add(node: string, key: string): void {
    let keys = this.#nodes.get(node);
    if (keys === undefined) this.#nodes.set(node, (keys = new Map<string, number>()));
    if (!keys.has(key)) {
      this.#count++;
      keys.set(key, this.#clock.now());
    }
    this.dropOld();
    if (this.#count > this.#options.max) this.#drop(this.#fullest());
  }

  /** Whether the delete must be sent before the key is read from the node. */
  has(node: string, key: string): boolean {
    return this.#count > 0 && this.#nodes.get(node)?.has(key) === true;
  }

  /** The node has received a write or a delete of the key. */
  remove(node: string, key: string): void {
    const keys = this.#count === 0 ? undefined : this.#nodes.get(node);
    if (keys?.delete(key) !== true) return;
    this.#count--;
    if (keys.size === 0) this.#nodes.delete(node);
  }

  /** The delete of a key was sent late, and the node has received it. */
  sent(node: string, key: string): void {
    this.#sent++;
    this.remove(node, key);
  }

  /** The keys of a node, the oldest first. They stay until `sent` or `remove`. */
  keysOf(node: string): readonly string[] {
    return [...(this.#nodes.get(node)?.keys() ?? [])];
  }

  /** Drops the keys of nodes that have been out for too long. */
  dropOld(): void {
    const oldest = this.#clock.now() - this.#options.maxAge * 1000;
    for (const [node, keys] of this.#nodes) {
      const [since = Infinity] = keys.values();
      if (since < oldest) this.#drop(node);
    }
  }

  /** Everything was deleted on all nodes. */
  clear(): void {
    this.#nodes.clear();
    this.#count = 0;
  }

  /** What is kept, and what became of the rest. */
  stats(): PendingDeleteStats {
    return { kept: this.#count, sent: this.#sent, dropped: this.#dropped };
  }

  #drop(node: string): void {
    const dropped = this.#nodes.get(node)?.size ?? 0;
    this.#nodes.delete(node);
    this.#count -= dropped;
    this.#dropped += dropped;
    this.#onStaleRisk(node, dropped);
  }

  #fullest(): string {
    let fullest = '';
    let most = -1;
    for (const [node, { size }] of this.#nodes)
      if (size > most) {
        fullest = node;
        most = size;
      }
    return fullest;
  }
}
