/**
 * What happens when, in virtual time: a heap of events.
 *
 *   plan ─▶ [ due │ rank │ order ] ─ next ─▶ the earliest; time moves to it
 *                  ▲          │
 *                  └──────────┘ its owner stands still: again when it goes on, by rank
 *
 * Events of one moment run by rank, as a poll of the event loop does after a pause: timers that are due, then reads,
 * then what waits for the end of the turn.
 */

/** The order of events of one moment. */
export const rank = { timer: 0, read: 1, afterTurn: 2 } as const;

/** One of `rank`. */
export type Rank = (typeof rank)[keyof typeof rank];

/** One life of a process: what it planned does not happen after its end, and waits while it stands still. */
export interface Owner {
  /** The process has ended. */
  readonly isGone: boolean;
  /** The time at which it goes on; in the past = it runs. */
  readonly standsStillUntil: number;
}

/** The world itself: always there. */
export const noOwner: Owner = { isGone: false, standsStillUntil: 0 };

/** An event that was planned. */
export interface Planned {
  /** When, in ms of virtual time. */
  readonly due: number;
  readonly owner: Owner;
}

interface Entry extends Planned {
  due: number;
  readonly rank: Rank;
  readonly order: number;
  /** Undefined = cancelled, or done. */
  callback: (() => void) | undefined;
}

function isBefore(one: Entry, other: Entry): boolean {
  if (one.due !== other.due) return one.due < other.due;
  return one.rank === other.rank ? one.order < other.order : one.rank < other.rank;
}

/** The events to come. */
export class Agenda {
  /** Virtual ms since the world began. */
  now = 0;
  /** The number of events that have happened. */
  events = 0;
  readonly #heap: Entry[] = [];
  #order = 0;
  #cancelled = 0;

  /** Calls back at `due`, or now if that is over. */
  plan(due: number, rank: Rank, owner: Owner, callback: () => void): Planned {
    const entry: Entry = { due: Math.max(due, this.now), rank, owner, order: this.#order++, callback };
    this.#push(entry);
    return entry;
  }

  /** What was planned does not happen. */
  cancel(planned: Planned): void {
    const entry = planned as Entry;
    if (entry.callback === undefined) return;
    entry.callback = undefined;
    // Deadlines are mostly cancelled, long before they are due.
    if (++this.#cancelled > 64 && this.#cancelled > this.#heap.length / 2) this.#sweep();
  }

  /** The number of events that an owner has planned. */
  plannedBy(owner: Owner): number {
    let count = 0;
    for (const entry of this.#heap) if (entry.callback !== undefined && entry.owner === owner) count++;
    return count;
  }

  /** Takes the next event and moves time to it; undefined = nothing is planned. */
  next(): (() => void) | undefined {
    for (let entry = this.#pop(); entry !== undefined; entry = this.#pop()) {
      const { callback, owner } = entry;
      if (callback === undefined) {
        this.#cancelled--;
        continue;
      }
      if (owner.isGone) continue;
      if (owner.standsStillUntil > entry.due) {
        entry.due = owner.standsStillUntil;
        this.#push(entry);
        continue;
      }
      entry.callback = undefined;
      this.now = entry.due;
      this.events++;
      return callback;
    }
    return undefined;
  }

  #sweep(): void {
    const left = this.#heap.filter(({ callback, owner }) => callback !== undefined && !owner.isGone);
    this.#heap.length = 0;
    this.#cancelled = 0;
    for (const entry of left) this.#push(entry);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Entry;
      if (!isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, heap[below] as Entry)) below++;
      const child = heap[below] as Entry;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}
