/** M11, `getOrSet`: a client runs one loader of a key at a time, unless the time of the call that began one is over. */
import type { Problem } from '../problem.ts';
import type { Standstill } from './bounds.ts';

/** A loader that ran: virtual ms. */
export interface Loading {
  readonly caller: string;
  readonly key: string;
  /** The number of what it gives. */
  readonly number: number;
  /** When the call began that ran it. */
  readonly calledAt: number;
  readonly from: number;
  /** Infinity = it has not ended. */
  to: number;
}

/** Timers count whole milliseconds. */
const slack = 1;

/** Checks all loaders. */
export function checkLoads(
  loadings: readonly Loading[],
  timeout: number,
  standstills: readonly Standstill[],
): Problem[] {
  const problems: Problem[] = [];
  for (const [index, second] of loadings.entries()) {
    const { caller, from, key, number } = second;
    const first = loadings
      .slice(0, index)
      .find(
        (each) =>
          each.caller === caller && each.key === key && each.to > from && from < each.calledAt + timeout - slack,
      );
    // After a standstill, what is due happens in any order.
    if (first === undefined || standstills.some(({ place, to }) => place === caller && to >= first.calledAt)) continue;
    const message = `the loader of #${number} runs in ${caller} while that of #${first.number} does`;
    problems.push({ rule: 'M11', key, at: from, message });
  }
  return problems;
}
