/** A mistake that is planted in a built file of the library. */
export interface Mutant {
  /** What is wrong. */
  readonly name: string;
  /** The file, from `packages/memfleet/dist/`. */
  readonly file: string;
  /** Text that occurs once in it. */
  readonly search: string;
  /** What stands there instead. */
  readonly replacement: string;
}
