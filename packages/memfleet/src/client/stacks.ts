/**
 * The caller's frames in errors that come from outside (option `stacks`). Such an error is made in a turn of the
 * network, has no frames (core/errors.ts), and may be the same for many callers: so each caller receives a copy.
 *
 *   call ─ frames are captured ─▶ … ─▶ error ─▶ copy: stack of the error + frames of the caller
 */
import { MemcacheError } from '../core/errors.ts';

/** Frames of the client itself, above the caller's. */
const own = /^ *at (?:async )?(?:Caller|Client)\./;

/** The same promise, whose error ends with the frames of who calls this. */
export function withCallerFrames<R>(promise: Promise<R>): Promise<R> {
  // V8 notes the frames now and makes text of them when it is asked for.
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

/** A copy of its class, made without its constructor. */
function joined(error: MemcacheError, frames: string): MemcacheError {
  const copy = Reflect.construct(Error, [error.message], error.constructor as typeof MemcacheError) as MemcacheError;
  const { stack: _stack, ...fields } = Object.getOwnPropertyDescriptors(error);
  Object.defineProperties(copy, fields);
  const stack = `${error.stack ?? String(error)}\n${frames}`;
  return Object.defineProperty(copy, 'stack', { value: stack, writable: true, configurable: true, enumerable: false });
}
