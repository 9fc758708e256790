/** When gets are due. Times in ms. */

/** How many are due so long after the start: the first at once. */
export function dueAfter(elapsed: number, rate: number): number {
  return elapsed < 0 ? 0 : Math.floor((elapsed * rate) / 1000) + 1;
}

/** When the `n`-th is due after the start, from 0 on. */
export function dueTime(n: number, rate: number): number {
  return (n * 1000) / rate;
}
