/** Orders of the operations so far, as far as it matters for what follows. */

/** One order. Sets of pending operations are bits. */
export interface Branch<State> {
  readonly state: State;
  /** A text that is the same for equal states. */
  readonly name: string;
  /** Operations that took effect and have not ended. */
  readonly done: bigint;
  /** Operations that have not, but may as well count as done: nobody would have seen them, or they never end. */
  readonly free: bigint;
  /** How many of each class took effect. */
  readonly used: readonly number[];
}

/** Orders with one state that others are compared with. */
const mostCompared = 100;

/** Orders, without those that can do no more than another. */
export class Branches<State> {
  readonly all: Branch<State>[] = [];
  readonly #byName = new Map<string, Branch<State>[]>();

  /** False: another one can do as much. */
  add(branch: Branch<State>): boolean {
    const others = this.#byName.get(branch.name);
    if (others === undefined) this.#byName.set(branch.name, [branch]);
    else if (others.some((other) => canDo(other, branch))) return false;
    // The first are those with the fewest operations, and can do the most.
    else if (others.length < mostCompared) others.push(branch);
    this.all.push(branch);
    return true;
  }

  /** Those that can do something that no other can. */
  get best(): Branch<State>[] {
    return this.all.filter((branch) => {
      const others = this.#byName.get(branch.name) ?? [];
      return !others.some((other) => other !== branch && canDo(other, branch));
    });
  }
}

/** Whether one order can do whatever another with the same state can. */
function canDo<State>(one: Branch<State>, other: Branch<State>): boolean {
  if ((other.free & ~one.free) !== 0n || ((one.done ^ other.done) & ~one.free) !== 0n) return false;
  return one.used.every((count, index) => count <= (other.used[index] ?? 0));
}
