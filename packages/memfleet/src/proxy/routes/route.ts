/**
 * A route executes the commands of clients. Fleets of nodes are routes; so is everything in this folder, on top of
 * other routes.
 */
import type { Dispatcher, Handler } from '../../core/dispatcher.ts';

/**
 * A command to a route has one key (multi-key gets are split before) or is `flush`, which goes to every route below. It
 * is never quiet: nodes reply, and the session decides whether the client receives the reply. The reply must be
 * `whole`.
 */
export type Route = Pick<Dispatcher, 'dispatch'>;

/** The spec of a route within another: the name of a route or cluster, or an inline route of any type. */
export type InnerRouteSpec = string | { readonly type: string };

export type { Handler };
