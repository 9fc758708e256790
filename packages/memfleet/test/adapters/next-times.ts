/** Times of the tests of both caches of Next.js. */
import { vi } from 'vitest';

/** Seconds. */
export const hour = 3600;
/** Nobody waits long for a render. */
export const quick = { renderWait: 50 };

/** The time of day, which stands still from now on. */
export function dayOf(): { readonly later: (ms: number) => void } {
  const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now());
  return { later: (ms) => void now.mockReturnValue(Date.now() + ms) };
}

/** A render that begins in the millisecond of a revalidation counts as begun before it: this one begins later. */
export function passMilliseconds(): void {
  const end = performance.now() + 2;
  while (performance.now() < end);
}
