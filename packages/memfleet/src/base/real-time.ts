/**
 * The timers, ticks and clocks of the runtime as they were when this file was loaded. Tests of users put others in
 * place of the globals (`jest.useFakeTimers()`, @sinonjs/fake-timers, node:test), which only the test moves: with
 * fakes, no call would be written, and none would time out. This is the only file that names them.
 *
 * Where fakes are in place even before it is loaded (Jest's `enableGlobally`), Node's own modules have the real ones;
 * functions that no module exports are built from others.
 */
import { performance as nodePerformance } from 'node:perf_hooks';
import * as nodeTimers from 'node:timers';

/** Fakes name their clock. */
function isFake(global: object): boolean {
  return 'clock' in global;
}

const { Date: date, performance, queueMicrotask } = globalThis;
// oxlint-disable-next-line typescript/unbound-method -- it does not use `this`
const { nextTick } = process;
const time = isFake(performance) ? nodePerformance : performance;
const resolved = Promise.resolve();

// Copied from the module's object, because fakes are installed there as well.
export const setTimeout: typeof nodeTimers.setTimeout = nodeTimers.setTimeout;
export const clearTimeout: typeof nodeTimers.clearTimeout = nodeTimers.clearTimeout;
export const setImmediate: typeof nodeTimers.setImmediate = nodeTimers.setImmediate;

/** Calls back when the current task is over, before any other. */
export const inMicrotask: (callback: () => void) => void = isFake(queueMicrotask)
  ? // oxlint-disable-next-line promise/no-callback-in-promise -- the callback is the job itself
    (callback) => void resolved.then(callback)
  : queueMicrotask;

/** Calls back at the end of the current turn of the event loop at the latest, before any reply of a node comes. */
export const afterTurn: (callback: () => void) => void = isFake(nextTick) ? inMicrotask : nextTick;

/** Monotonic milliseconds. */
export const monotonicNow: () => number = time.now.bind(time);

/** The time of day, in ms since 1970. */
export const wallNow: () => number = isFake(date) ? () => time.timeOrigin + time.now() : () => date.now();

/** The time since 1970 in ms, of a clock that is never set: it differs from the time of day once that was set. */
export const steadyUnixNow: () => number = () => time.timeOrigin + time.now();

/** How long the event loop has run and was busy; undefined where the runtime does not report it. */
export function loopUtilization(): { readonly active: number; readonly idle: number } | undefined {
  return (time as Partial<typeof time>).eventLoopUtilization?.();
}
