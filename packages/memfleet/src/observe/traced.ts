/**
 * Runs a traced call: between the events of its channel, and within the scopes of tracers.
 *
 *   start ─▶ scope ( run ) ─▶ end … asyncStart ─▶ asyncEnd
 *
 * A subscriber of `start` cannot make a context of its own active unless it has its AsyncLocalStorage. OpenTelemetry
 * hides that of its context manager, so a scope, which wraps the call, makes a span active.
 */
import type { TracingChannel } from 'node:diagnostics_channel';

/** Calls `run` with something active that belongs to the message, and returns its result. */
export type TraceScope = <T>(message: object, run: () => T) => T;

const scopes: TraceScope[] = [];

/** Wraps every traced call from now on; returns the function that ends it. Calls are traced only for subscribers. */
export function addTraceScope(scope: TraceScope): () => void {
  scopes.push(scope);
  return () => {
    const at = scopes.indexOf(scope);
    if (at >= 0) scopes.splice(at, 1);
  };
}

/** The promise that `run` makes, between the events of the channel. */
export function runTraced<T, Message extends object>(
  channel: TracingChannel<Message, Message>,
  message: Message,
  run: () => Promise<T>,
): Promise<T> {
  let wrapped = run;
  for (const scope of scopes) {
    const inner = wrapped;
    wrapped = () => scope(message, inner);
  }
  return channel.tracePromise(wrapped, message);
}
