/**
 * A route: whatever finds an answer for the commands of clients. Fleets of nodes are routes; so is everything in this
 * folder, over other routes.
 */
import type { Command } from '../../core/command.ts';
import type { Dispatcher, Handler } from '../../core/dispatcher.ts';

/**
 * What comes to a route has one key (multi-key gets were taken apart before) or is `flush`, which goes to every route
 * below. It is never quiet: nodes answer, and the session decides what its client hears. The reply must be `whole`.
 */
export type Route = Pick<Dispatcher, 'dispatch'>;

/** Does it change items? Gets that touch, make or win items do; so does everything that is no get. */
export function isWrite(command: Command): boolean {
  if (command.verb === 'debug') return false;
  if (command.verb !== 'get') return true;
  const meta = command.meta;
  return command.touch || (meta !== undefined && (meta.vivify !== undefined || meta.recache !== undefined));
}

/** Wants nothing but the item: its answer may come from anywhere that the item is. */
export function isPlainGet(command: Command): boolean {
  return command.verb === 'get' && !command.touch && !command.wantCas && command.meta === undefined;
}

export type { Handler };
