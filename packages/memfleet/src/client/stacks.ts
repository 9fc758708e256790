/**
 * Adds the caller's frames to errors of nodes and connections (option `stacks`). Such an error has no frames
 * (core/errors.ts), and many callers may receive the same one, so each receives a copy.
 *
 *   call ─ frames are captured ─▶ … ─▶ error ─▶ copy: stack of the error + frames of the caller
 */
import { MemcacheError } from '../core/errors.ts';

/** Frames of the client itself, above the caller's. */
const own = /^ *at (?:async )?(?:Caller|Client)\./;

/** The promise, with the frames of the caller at the end of its error's stack. */
export function withCallerFrames<R>(promise: Promise<R>): Promise<R> {
  // V8 captures the frames now, and formats them when `stack` is read.
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, withCallerFrames);
  return promise.catch((error: unknown) => {
    throw error instanceof MemcacheError ? joined(error, framesOf(site.stack)) : error;
  });
}

function framesOf(stack = ''): string {
  const lines = stack.split('\n').slice(1);
  const first = lines.findIndex((line) => !own.test(line));
  return lines.slice(Math.max(0, first)).join('\n');
}

/** A copy of the same class, made without its constructor. */
function joined(error: MemcacheError, frames: string): MemcacheError {
  const copy = Reflect.construct(Error, [error.message], error.constructor as typeof MemcacheError) as MemcacheError;
  const { stack: _stack, ...fields } = Object.getOwnPropertyDescriptors(error);
  Object.defineProperties(copy, fields);
  const stack = `${error.stack ?? String(error)}\n${frames}`;
  return Object.defineProperty(copy, 'stack', { value: stack, writable: true, configurable: true, enumerable: false });
}
