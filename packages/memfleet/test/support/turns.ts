/** Real sockets beside a fake clock: turns of the event loop pass, time does not. */
import type { Client } from '../../src/client/index.ts';
import type { FakeClock } from '../../src/testing/index.ts';

/** Lets turns pass until sockets have brought the condition about. */
export async function turnsUntil(clock: FakeClock, condition: () => boolean): Promise<void> {
  while (!condition()) await clock.settle();
}

/** Lets turns pass until the promise has settled. */
export async function turnsFor<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  return stepsFor(promise, () => clock.settle());
}

/** Lets time pass until the promise has settled. */
export async function passFor<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  return stepsFor(promise, async () => {
    await clock.settle();
    clock.advance(1);
  });
}

/** Lets time pass until the promise has settled, but never while the client has commands in flight, or dials. */
export async function timeFor<T>(clock: FakeClock, client: Client, promise: Promise<T>): Promise<T> {
  return stepsFor(promise, async () => {
    await clock.settle();
    if (client.stats().nodes.every(({ connecting, inFlight }) => connecting + inFlight === 0)) clock.advance(1);
  });
}

/** Repeats a step until the promise has settled. */
async function stepsFor<T>(promise: Promise<T>, step: () => Promise<void>): Promise<T> {
  const progress = { isSettled: false };
  const settle = (): void => {
    progress.isSettled = true;
  };
  promise.then(settle, settle);
  while (!progress.isSettled) await step();
  return promise;
}
