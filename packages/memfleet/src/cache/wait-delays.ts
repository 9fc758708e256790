/**
 * How long a caller waits before it looks again whether the holder of a lease has stored: a fifth of what it has waited
 * so far. So it is late by a fifth of the load, by no more than 125 ms, and asks no more than about ten times a second.
 */

const shortest = 5;
const longest = 100;

/** Milliseconds to wait after `elapsed` ms of waiting. `random`: 0 … 1, spreads the callers by a quarter either way. */
export function waitDelay(elapsed: number, random: number): number {
  return Math.min(longest, Math.max(shortest, elapsed / 5)) * (0.75 + random / 2);
}
