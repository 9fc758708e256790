/**
 * Is there an order of the operations of a key, each between its begin and its end, in which every result is right?
 * (Wing and Gong's search, just in time: an operation takes effect when its own result, or that of another, needs it.)
 *
 *   begin ──▶ may take effect from now on
 *   end   ──▶ of all orders so far, those in which it took effect with this result remain; none = not linearizable
 *
 * An operation that never ended may take effect at any time or never. Those that nobody can tell apart are one class
 * with a count: of two orders with the same item, the one that used fewer of them can do whatever the other can.
 */
import type { Operation } from '../history.ts';

/** A state, and how many operations it took. */
export type Leap<State> = readonly [state: State, count: number];

/** What an item is, and what operations make of it. */
export interface Model<State> {
  readonly initial: State;
  /** A text that is the same for equal states. */
  nameOf(state: State): string;
  /** The states after the operation, if its result (none = any) is right in this one. */
  step(state: State, operation: Operation): readonly State[];
  /**
   * The states after one or more (`most` at most) of equal operations without an end, each with their number, as far as
   * one of the pending operations may need them. @default those after one
   */
  leaps?(state: State, sample: Operation, most: number, pending: Iterable<Operation>): readonly Leap<State>[];
  /** Of operations without an end: the class of those that cannot be told apart; undefined = it is one of a kind. */
  classOf(operation: Operation): string | undefined;
}

/** What the search found. */
export interface Verdict {
  readonly isLinearizable: boolean;
  /** The search was given up. */
  readonly isUndecided: boolean;
  /** The operation whose result no order explains. */
  readonly culprit?: Operation;
  /** The items that were possible before its end, for the message. */
  readonly possible?: readonly string[];
}

/** One order, as far as it matters for what follows. */
interface Branch<State> {
  readonly state: State;
  /** Operations that took effect and have not ended: ids, ascending. */
  readonly done: readonly number[];
  /** How many of each class took effect. */
  readonly used: readonly number[];
}

interface OpenClass {
  readonly sample: Operation;
  begun: number;
}

/** States beyond which a history is given up. */
const maxStates = 300_000;

/** Which operations of the same caller must take effect before this one: see order.ts. */
export type Predecessors = (operation: Operation) => readonly Operation[];

const none: Predecessors = () => [];

/** The search over one key. */
class Search<State> {
  readonly #model: Model<State>;
  readonly #before: Predecessors;
  /** Begun, not ended, and not of a class. */
  readonly #pending = new Map<number, Operation>();
  readonly #classes: OpenClass[] = [];
  readonly #classNames = new Map<string, number>();
  readonly #ended = new Set<number>();
  #branches: Branch<State>[];
  #states = 0;

  constructor(model: Model<State>, before: Predecessors) {
    this.#model = model;
    this.#before = before;
    this.#branches = [{ state: model.initial, done: [], used: [] }];
  }

  get isGivenUp(): boolean {
    return this.#states > maxStates;
  }

  get items(): readonly string[] {
    return [...new Set(this.#branches.map(({ state }) => this.#model.nameOf(state)))];
  }

  begin(operation: Operation): void {
    const name = operation.end === Infinity ? this.#model.classOf(operation) : undefined;
    if (name === undefined) {
      this.#pending.set(operation.id, operation);
      this.#branches = this.#branches.map((branch) => this.#settled(branch));
      return;
    }
    const known = this.#classNames.get(name);
    if (known === undefined) {
      this.#classNames.set(name, this.#classes.length);
      this.#classes.push({ sample: operation, begun: 1 });
    } else {
      (this.#classes[known] as OpenClass).begun++;
    }
  }

  /** False: no order explains its result. The orders before it stay then. */
  end(operation: Operation): boolean {
    const kept = new Kept<State>(this.#model);
    const seen = new Kept<State>(this.#model);
    const work = [...this.#branches];
    for (let branch = work.pop(); branch !== undefined; branch = work.pop()) {
      if (branch.done.includes(operation.id)) {
        kept.add({ ...branch, done: branch.done.filter((id) => id !== operation.id) });
        continue;
      }
      if (this.isGivenUp) return true;
      for (const next of this.#after(branch)) if (seen.add(next)) work.push(next);
    }
    if (kept.branches.length === 0) return false;
    this.#pending.delete(operation.id);
    this.#ended.add(operation.id);
    this.#branches = kept.branches;
    return true;
  }

  /** The orders with one more operation. */
  #after(branch: Branch<State>): Branch<State>[] {
    const next: Branch<State>[] = [];
    for (const operation of this.#pending.values()) {
      if (branch.done.includes(operation.id) || !this.#mayFollow(branch, operation)) continue;
      for (const state of this.#model.step(branch.state, operation))
        next.push(this.#settled({ ...branch, state, done: withId(branch.done, operation.id) }));
    }
    for (const [index, { sample, begun }] of this.#classes.entries()) {
      const count = branch.used[index] ?? 0;
      if (count >= begun) continue;
      for (const [state, leap] of this.#leaps(branch, sample, begun - count)) {
        // Without a change it is as if it had not happened.
        if (this.#model.nameOf(state) === this.#model.nameOf(branch.state)) continue;
        const used = this.#classes.map((_, at) => (branch.used[at] ?? 0) + (at === index ? leap : 0));
        next.push(this.#settled({ ...branch, state, used }));
      }
    }
    this.#states += next.length;
    return next;
  }

  #leaps({ done, state }: Branch<State>, sample: Operation, most: number): readonly Leap<State>[] {
    const model = this.#model;
    if (model.leaps === undefined) return model.step(state, sample).map((next) => [next, 1]);
    const pending = [...this.#pending.values()].filter(({ id }) => !done.includes(id));
    return model.leaps(state, sample, most, pending);
  }

  /**
   * The branch after all pending operations that change nothing and whose result is right now: whatever follows may
   * follow them as well.
   */
  #settled(branch: Branch<State>): Branch<State> {
    const { state } = branch;
    const name = this.#model.nameOf(state);
    let { done } = branch;
    for (let isMore = true; isMore;) {
      isMore = false;
      for (const operation of this.#pending.values()) {
        if (!changesNothing(operation) || done.includes(operation.id)) continue;
        if (!this.#mayFollow({ ...branch, done }, operation)) continue;
        if (!this.#model.step(state, operation).some((next) => this.#model.nameOf(next) === name)) continue;
        done = withId(done, operation.id);
        isMore = true;
      }
    }
    return { ...branch, done };
  }

  #mayFollow({ done }: Branch<State>, operation: Operation): boolean {
    return this.#before(operation).every(({ id }) => this.#ended.has(id) || done.includes(id));
  }
}

/** A read, or a write that was not applied. */
function changesNothing({ end, result, verb }: Operation): boolean {
  if (end === Infinity || result === undefined) return false;
  return verb === 'get' || ('applied' in result && !result.applied);
}

/** Ids, ascending. */
function withId(ids: readonly number[], id: number): readonly number[] {
  return [...ids, id].sort((one, other) => one - other);
}

/** Orders, without those that can do no more than another. */
class Kept<State> {
  readonly branches: Branch<State>[] = [];
  readonly #model: Model<State>;
  readonly #byName = new Map<string, (readonly number[])[]>();

  constructor(model: Model<State>) {
    this.#model = model;
  }

  /** False: another one can do as much. */
  add(branch: Branch<State>): boolean {
    const name = `${this.#model.nameOf(branch.state)}|${branch.done.join(',')}`;
    const others = this.#byName.get(name);
    if (others === undefined) this.#byName.set(name, [branch.used]);
    else if (others.some((used) => isWithin(used, branch.used))) return false;
    else others.push(branch.used);
    this.branches.push(branch);
    return true;
  }
}

function isWithin(one: readonly number[], other: readonly number[]): boolean {
  return one.every((count, index) => count <= (other[index] ?? 0));
}

/** Searches an order for the operations of one key; those that failed are left out before. */
export function linearize<State>(
  operations: readonly Operation[],
  model: Model<State>,
  before: Predecessors = none,
): Verdict {
  const events = operations.flatMap((operation) => {
    const begin = { moment: operation.begin, operation, isEnd: false };
    return operation.end === Infinity ? [begin] : [begin, { moment: operation.end, operation, isEnd: true }];
  });
  events.sort((one, other) => one.moment - other.moment);
  const search = new Search(model, before);
  for (const { operation, isEnd } of events) {
    if (!isEnd) {
      search.begin(operation);
      continue;
    }
    if (!search.end(operation))
      return { isLinearizable: false, isUndecided: false, culprit: operation, possible: search.items };
    if (search.isGivenUp) return { isLinearizable: true, isUndecided: true };
  }
  return { isLinearizable: true, isUndecided: false };
}
