/** Contracts as data, so that any test runner takes them. */

/** One thing that an implementation must do. */
export interface ContractCase<Subject> {
  /** What it does, as a sentence. */
  readonly title: string;
  /** Rejects with an AssertionError where the implementation does something else. */
  readonly run: (subject: Subject) => Promise<void>;
}

/**
 * What an implementation must do, case by case.
 *
 * @example
 * for (const { title, run } of cacheContract) test(title, () => run(subject));
 */
export type Contract<Subject> = readonly ContractCase<Subject>[];
