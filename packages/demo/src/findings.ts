/** The wrong values and defects of a run. */
import type { Violation } from './ledger.ts';

/** Wrong values and defects that are kept to be shown. */
const shown = 10;

/** What was found wrong, over all caches of a run. */
export class Findings {
  /** Values that were checked. */
  checked = 0;
  wrongValues = 0;
  /** Calls that took longer than they may. */
  late = 0;
  /** The longest call, in ms awake. */
  longest = 0;
  defects = 0;
  /** The first few, in words. */
  readonly examples: string[] = [];

  wrong(violation: Violation): void {
    this.wrongValues++;
    this.#show(`${violation.key}: ${violation.problem}`);
  }

  defect(error: unknown): void {
    this.defects++;
    this.#show(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }

  #show(text: string): void {
    if (this.examples.length < shown) this.examples.push(text);
  }
}
