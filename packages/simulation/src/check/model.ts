/** What an item is, and what operations make of it. */
import type { Operation } from '../history.ts';

/** A state, and how many operations it took. */
export type Leap<State> = readonly [state: State, count: number];

/** A kind of item. */
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
  /** Of operations with an end: the kind of those that can take each other's place; undefined = it is one of a kind. */
  kindOf(operation: Operation): string | undefined;
  /**
   * Whether an operation, and any number of others for which it is true, can take effect right before `next`, which is
   * right in this state, and change nothing by it. @default false
   */
  vanishes?(state: State, operation: Operation, next: Operation): boolean;
  /**
   * Whether an operation that has not taken effect needs what the state has and the next one has not, and what nothing
   * brings back. @default false
   */
  isDoomed?(state: State, next: State, isDone: (operation: Operation) => boolean): boolean;
  /** Whether an operation without an end has taken effect, as others show. @default false */
  isSeen?(operation: Operation): boolean;
}
