/**
 * How quiet is this core? A loop that does nothing but read the clock: where two readings lie far apart, somebody else
 * had the core (another process, the host). Run on the cores of a measurement before and after it.
 */

/** Two readings further apart than this are a gap, in ms. */
const gap = 0.3;
/** A measurement next to a probe that lost more than this share is not believed. */
export const tooNoisy = 0.1;
/** How long a probe spins, in ms. */
export const probeTime = 50;

/** Spins for so many ms; returns the share of the time that was lost in gaps. */
export function lostShare(ms: number): number {
  const start = performance.now();
  let lost = 0;
  let before = start;
  while (before - start < ms) {
    const now = performance.now();
    if (now - before > gap) lost += now - before;
    before = now;
  }
  return lost / (before - start);
}
