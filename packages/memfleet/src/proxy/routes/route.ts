/**
 * A route: whatever finds an answer for the commands of clients. Fleets of nodes are routes; so is everything in this
 * folder, over other routes.
 */
import type { Dispatcher, Handler } from '../../core/dispatcher.ts';

/**
 * What comes to a route has one key (multi-key gets were taken apart before) or is `flush`, which goes to every route
 * below. It is never quiet: nodes answer, and the session decides what its client hears. The reply must be `whole`.
 */
export type Route = Pick<Dispatcher, 'dispatch'>;

export type { Handler };
