/**
 * What was called and what came of it, key by key. Moments are numbers of a counter, so that their order is exact where
 * the virtual time is the same.
 */

/**
 * What a call does to the item. `wipe`: a node loses it. `fill`: a copy may be added where there is none. `rollback`: a
 * failover, which may lose the newest writes.
 */
export type Verb =
  | 'get'
  | 'set'
  | 'add'
  | 'replace'
  | 'append'
  | 'cas'
  | 'delete'
  | 'touch'
  | 'incr'
  | 'wipe'
  | 'fill'
  | 'rollback';

/**
 * How a call ended: `done` with its result; `failed`: it had no effect, and will have none; `open`: it may take effect
 * at any time from its begin on, or never.
 */
export type Fate = 'done' | 'failed' | 'open';

/** What a call returned. */
export type Result =
  /** A read: the numbers of the writes that make the value; undefined = a miss. */
  | { readonly value: readonly number[] | undefined }
  /** A write: whether it was applied. */
  | { readonly applied: boolean }
  /** A counter: its value; undefined = there is none. */
  | { readonly count: number | undefined };

/** One call, or one event that a key sees. */
export interface Operation {
  readonly id: number;
  /** Who called: a client, or one connection of a raw client. */
  readonly caller: string;
  readonly key: string;
  readonly verb: Verb;
  /** The number of what it writes. */
  readonly number?: number | undefined;
  /** cas: the numbers of the value that must still be there. */
  readonly expected?: readonly number[] | undefined;
  /** cas: a wipe came between the token and the end: cas numbers may have begun again. */
  readonly isStaleToken?: boolean | undefined;
  /** cas: its number may be one that no item has, because another route returned it. */
  readonly isForeignToken?: boolean | undefined;
  /** A get that may be answered by a replica. */
  readonly isOfReplica?: boolean | undefined;
  /** A write that a majority of the copies has when it is acknowledged. */
  readonly isDurable?: boolean | undefined;
  /** rollback: writes that ended by then are kept: virtual ms. */
  readonly keptUntil?: number | undefined;
  /** incr: what is added. */
  readonly delta?: number | undefined;
  /** incr: the value where there is no counter. */
  readonly initial?: number | undefined;
  /** Seconds that the item lives from this call on; undefined = for ever. */
  readonly ttl?: number | undefined;
  /** Order and virtual ms of its begin. */
  readonly begin: number;
  readonly beginAt: number;
  /** Of its end; Infinity = it never ended. */
  end: number;
  endAt: number;
  fate: Fate;
  result?: Result | undefined;
  /** Which of two copies it concerns; undefined = any one. */
  readonly replica?: 0 | 1 | undefined;
  /** The node that executed it, as far as the caller knows. */
  node?: string | undefined;
  /** The class or code of its error, and the status with which a node refused it. */
  error?: string | undefined;
  status?: number | undefined;
}

/** What is given at the begin of an operation. */
export type Begun = Omit<
  Operation,
  'id' | 'begin' | 'beginAt' | 'end' | 'endAt' | 'fate' | 'result' | 'error' | 'status'
>;

/** All operations of a run. */
export class History {
  readonly operations: Operation[] = [];
  /** Those that have begun and not ended. */
  open = 0;
  #moment = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The next moment. */
  moment(): number {
    return ++this.#moment;
  }

  begin(begun: Begun): Operation {
    const operation: Operation = {
      ...begun,
      id: this.operations.length,
      begin: this.moment(),
      beginAt: this.#now(),
      end: Infinity,
      endAt: Infinity,
      fate: 'open',
    };
    this.operations.push(operation);
    this.open++;
    return operation;
  }

  end(
    operation: Operation,
    fate: Fate,
    more: Pick<Partial<Operation>, 'result' | 'node' | 'error' | 'status'> = {},
  ): void {
    this.open--;
    Object.assign(operation, more);
    operation.end = this.moment();
    operation.endAt = this.#now();
    operation.fate = fate;
  }

  /** The operations of each key, in the order of their begin. */
  byKey(): Map<string, Operation[]> {
    const keys = new Map<string, Operation[]>();
    for (const operation of this.operations) {
      const list = keys.get(operation.key);
      if (list === undefined) keys.set(operation.key, [operation]);
      else list.push(operation);
    }
    return keys;
  }
}
