/** Real sockets beside a fake clock: turns of the event loop pass, time does not. */
import type { FakeClock } from '../../src/testing/index.ts';

/** Lets turns pass until sockets have brought the condition about. */
export async function turnsUntil(clock: FakeClock, condition: () => boolean): Promise<void> {
  while (!condition()) await clock.settle();
}

/** Lets turns pass until the promise has settled. */
export async function turnsFor<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  const progress = { isSettled: false };
  const settle = (): void => {
    progress.isSettled = true;
  };
  promise.then(settle, settle);
  await turnsUntil(clock, () => progress.isSettled);
  return promise;
}
