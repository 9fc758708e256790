/** `NODE_DEBUG=memfleet` prints the messages of the diagnostics channels to stderr. Without it nothing subscribes. */
import { subscribe } from 'node:diagnostics_channel';
import { debuglog, inspect } from 'node:util';
import type { MemcacheError } from '../core/errors.ts';
import { channels } from './channels.ts';

/** A message in one line: `node: '10.0.0.1:11211', duration: 1.5`; an error as its code and message. */
function show(message: object): string {
  // Values of items do not belong into a log; the system is always the same.
  const fields = Object.entries(message).filter(
    ([name, value]) => value !== undefined && name !== 'result' && name !== 'system',
  );
  return fields.map(([name, value]) => `${name}: ${showValue(value)}`).join(', ');
}

function showValue(value: unknown): string {
  if (value instanceof Error) return inspect(`${(value as MemcacheError).code}: ${value.message}`);
  return inspect(value, { breakLength: Infinity, maxArrayLength: 20 });
}

let isAsked = false;

/** Begins to print if `NODE_DEBUG` has `memfleet`. Only the first call has an effect. */
export function startDebugLog(): void {
  if (isAsked) return;
  isAsked = true;
  const log = debuglog('memfleet');
  if (!log.enabled) return;
  const { command, ...others } = channels;
  subscribe(command.asyncEnd.name, (message) => log('memfleet:command %s', show(message as object)));
  for (const { name } of Object.values(others))
    subscribe(name, (message) => log('%s %s', name, show(message as object)));
}
