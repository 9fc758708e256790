/**
 * The search over one key: Wing and Gong's, just in time: an operation takes effect when its own result, or that of
 * another, needs it.
 *
 * Of all orders that explain the results so far, those stay that can do something that no other can:
 *
 * - operations without an end that nobody can tell apart are one class with a count; those that are one of a kind are
 *   free from the begin;
 * - a read that is right now has taken effect;
 * - a write that could have been overwritten at once, by what took effect while it was pending, is free;
 * - of two pending operations of one kind the one that ends first takes effect first.
 */
import type { Operation } from '../history.ts';
import { type Branch, Branches } from './branches.ts';
import type { Leap, Model } from './model.ts';

/** Which operations of the same caller must take effect before this one: see order.ts. */
export type Predecessors = (operation: Operation) => readonly Operation[];

/** Any order will do. */
export const none: Predecessors = () => [];

/** An operation that has begun and not ended. */
interface Pending {
  readonly operation: Operation;
  readonly bit: bigint;
  readonly before: readonly Operation[];
  readonly kind: string | undefined;
  readonly changesNothing: boolean;
}

interface OpenClass {
  readonly sample: Operation;
  begun: number;
}

/** How far a search goes. */
export interface Limits {
  /** Orders that stay: with fewer than all, a search that ends without one has shown nothing. */
  readonly width: number;
  /** States beyond which it is given up. */
  readonly states: number;
}

/** A search in progress. */
export class Search<State> {
  readonly #model: Model<State>;
  readonly #before: Predecessors;
  readonly #limits: Limits;
  /** By their end. */
  readonly #pending: Pending[] = [];
  readonly #byId = new Map<number, Pending>();
  /** Those that are no longer pending. */
  readonly #over = new Set<number>();
  readonly #bits: bigint[] = [];
  #nextBit = 1n;
  readonly #classes: OpenClass[] = [];
  readonly #classNames = new Map<string, number>();
  #branches: readonly Branch<State>[];
  #states = 0;

  constructor(model: Model<State>, before: Predecessors, limits: Limits) {
    this.#model = model;
    this.#before = before;
    this.#limits = limits;
    const { initial } = model;
    this.#branches = [{ state: initial, name: model.nameOf(initial), done: 0n, free: 0n, used: [] }];
  }

  get isGivenUp(): boolean {
    return this.#states > this.#limits.states;
  }

  get items(): readonly string[] {
    return [...new Set(this.#branches.map(({ name }) => name))];
  }

  begin(operation: Operation): void {
    const isOpen = operation.end === Infinity;
    const name = isOpen ? this.#model.classOf(operation) : undefined;
    if (name !== undefined) {
      this.#count(name, operation);
      return;
    }
    const pending = this.#add(operation);
    const free = isOpen && this.#model.isSeen?.(operation) !== true ? pending.bit : 0n;
    this.#branches = this.#branches.map((branch) => this.#settled({ ...branch, free: branch.free | free }));
  }

  /** False: no order explains its result. The orders before it stay then. */
  end(operation: Operation): boolean {
    const pending = this.#byId.get(operation.id);
    // It has taken effect in all orders.
    if (pending === undefined) return true;
    const { bit } = pending;
    const kept = new Branches<State>();
    const seen = new Branches<State>();
    const keep = (branch: Branch<State>): void => {
      const done = (branch.done | this.#forced(branch, pending)) & ~bit;
      kept.add({ ...branch, done, free: branch.free & ~(done | bit) });
    };
    let level: Branch<State>[] = [];
    for (const branch of this.#branches) {
      if (((branch.done | branch.free) & bit) !== 0n) keep(branch);
      if ((branch.done & bit) === 0n) level.push(branch);
    }
    for (const branch of level) for (const after of this.#with(branch, pending)) if (seen.add(after)) keep(after);
    if (kept.all.length >= this.#limits.width / 2) level = [];
    // The orders with the fewest operations first: they can do the most.
    while (level.length > 0 && kept.all.length < this.#limits.width) {
      const next: Branch<State>[] = [];
      for (const branch of level) {
        if (this.isGivenUp) return true;
        if (kept.all.length >= this.#limits.width) break;
        for (const after of this.#after(branch)) {
          if (!seen.add(after)) continue;
          const isDone = (after.done & bit) !== 0n;
          if (isDone || (after.free & ~branch.free & bit) !== 0n) keep(after);
          if (!isDone) next.push(after);
        }
      }
      level = next;
    }
    if (kept.all.length === 0) return false;
    this.#remove(pending);
    this.#branches = kept.best;
    this.#dropDone();
    return true;
  }

  #count(name: string, sample: Operation): void {
    const known = this.#classNames.get(name);
    if (known === undefined) {
      this.#classNames.set(name, this.#classes.length);
      this.#classes.push({ sample, begun: 1 });
    } else {
      (this.#classes[known] as OpenClass).begun++;
    }
  }

  #add(operation: Operation): Pending {
    let bit = this.#bits.pop();
    if (bit === undefined) {
      bit = this.#nextBit;
      this.#nextBit <<= 1n;
    }
    const pending: Pending = {
      operation,
      bit,
      before: this.#before(operation),
      kind: operation.end === Infinity || this.#before !== none ? undefined : this.#model.kindOf(operation),
      changesNothing: changesNothing(operation),
    };
    this.#byId.set(operation.id, pending);
    const at = this.#pending.findIndex((other) => other.operation.end > operation.end);
    this.#pending.splice(at === -1 ? this.#pending.length : at, 0, pending);
    return pending;
  }

  #remove(pending: Pending): void {
    this.#over.add(pending.operation.id);
    this.#byId.delete(pending.operation.id);
    this.#pending.splice(this.#pending.indexOf(pending), 1);
    this.#bits.push(pending.bit);
  }

  /** Forgets what has taken effect in all orders. */
  #dropDone(): void {
    let done = -1n;
    for (const branch of this.#branches) done &= branch.done;
    if (done === 0n) return;
    for (const pending of this.#pending.filter(({ bit }) => (done & bit) !== 0n)) this.#remove(pending);
    this.#branches = this.#branches.map((branch) => ({ ...branch, done: branch.done & ~done }));
  }

  /** The orders with one more operation. */
  #after(branch: Branch<State>): Branch<State>[] {
    const next: Branch<State>[] = [];
    const kinds = new Set<string>();
    for (const pending of this.#pending) {
      const { bit, kind } = pending;
      if ((branch.done & bit) !== 0n) continue;
      if (kind !== undefined) {
        const name = (branch.free & bit) === 0n ? kind : `${kind} free`;
        if (kinds.has(name)) continue;
        kinds.add(name);
      }
      next.push(...this.#with(branch, pending));
    }
    this.#addClasses(branch, next);
    return next;
  }

  /** The orders in which this operation comes next. */
  #with(branch: Branch<State>, pending: Pending): Branch<State>[] {
    const { bit, operation } = pending;
    if (!this.#mayFollow(branch.done | branch.free, pending)) return [];
    const states = this.#model.step(branch.state, operation).filter((state) => !this.#isDoomed(branch, state, bit));
    if (states.length === 0) return [];
    this.#states += states.length;
    const done = branch.done | bit | this.#forced(branch, pending);
    const free = this.#freed(branch, operation, done);
    return states.map((state) => {
      return this.#settled({ state, name: this.#model.nameOf(state), done, free, used: branch.used });
    });
  }

  /** The orders with operations of a class more. */
  #addClasses(branch: Branch<State>, next: Branch<State>[]): void {
    const { done } = branch;
    for (const [index, { sample, begun }] of this.#classes.entries()) {
      const count = branch.used[index] ?? 0;
      if (count >= begun) continue;
      for (const [state, leap] of this.#leaps(branch, sample, begun - count)) {
        const name = this.#model.nameOf(state);
        // Without a change it is as if it had not happened.
        if (name === branch.name || this.#isDoomed(branch, state, 0n)) continue;
        this.#states++;
        const used = this.#classes.map((_, at) => (branch.used[at] ?? 0) + (at === index ? leap : 0));
        next.push(this.#settled({ state, name, done, free: this.#freed(branch, sample, done), used }));
      }
    }
  }

  #leaps({ done, state }: Branch<State>, sample: Operation, most: number): readonly Leap<State>[] {
    const model = this.#model;
    if (model.leaps === undefined) return model.step(state, sample).map((next) => [next, 1]);
    const pending = this.#pending.filter(({ bit }) => (done & bit) === 0n).map(({ operation }) => operation);
    return model.leaps(state, sample, most, pending);
  }

  #isDoomed(branch: Branch<State>, next: State, bit: bigint): boolean {
    const done = branch.done | bit;
    return (
      this.#model.isDoomed?.(branch.state, next, ({ id }) => {
        const pending = this.#byId.get(id);
        return pending === undefined ? this.#over.has(id) : (done & pending.bit) !== 0n;
      }) === true
    );
  }

  /** What is free after the next operation. */
  #freed(branch: Branch<State>, next: Operation, done: bigint): bigint {
    let free = branch.free & ~done;
    const model = this.#model;
    if (model.vanishes === undefined) return free;
    for (const pending of this.#pending) {
      const { bit, operation } = pending;
      if (((done | free) & bit) !== 0n || !this.#mayFollow(branch.done | branch.free, pending)) continue;
      if (model.vanishes(branch.state, operation, next)) free |= bit;
    }
    return free;
  }

  /** Whether what must come before it has taken effect, or may count as if it had: these bits. */
  #mayFollow(bits: bigint, { before }: Pending): boolean {
    return before.every(({ id }) => {
      const other = this.#byId.get(id);
      return other === undefined ? this.#over.has(id) : (bits & other.bit) !== 0n;
    });
  }

  /** The free operations that are done when this one is, which must follow them. */
  #forced(branch: Branch<State>, { before }: Pending): bigint {
    let bits = 0n;
    for (const { id } of before) {
      const other = this.#byId.get(id);
      if (other !== undefined && (branch.free & other.bit) !== 0n) bits |= other.bit | this.#forced(branch, other);
    }
    return bits;
  }

  /**
   * The branch after all pending operations that change nothing and whose result is right now: whatever follows may
   * follow them as well.
   */
  #settled(branch: Branch<State>): Branch<State> {
    const { name, state } = branch;
    let { done, free } = branch;
    for (let isMore = true; isMore;) {
      isMore = false;
      for (const pending of this.#pending) {
        const { bit, changesNothing: isIdle, operation } = pending;
        if (!isIdle || (done & bit) !== 0n || !this.#mayFollow(done, pending)) continue;
        const isSame = (next: State): boolean => next === state || this.#model.nameOf(next) === name;
        if (!this.#model.step(state, operation).some(isSame)) continue;
        done |= bit;
        free &= ~bit;
        isMore = true;
      }
    }
    return done === branch.done ? branch : { ...branch, done, free };
  }
}

/** A read, or a write that was not applied. */
function changesNothing({ end, result, verb }: Operation): boolean {
  if (end === Infinity || result === undefined) return false;
  return verb === 'get' || ('applied' in result && !result.applied);
}
