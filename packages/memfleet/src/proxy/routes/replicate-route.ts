/**
 * Writes go to all routes, reads to one.
 *
 *   get, gets, mg, me    the first route; when its node fails, the next. `fastest-read`: a plain get goes to all
 *                        routes, the first hit is the reply, and a miss is the reply when all have replied; a get for
 *                        the cas always tries the routes in order. The first route compares, and every route has cas
 *                        numbers of its own: the cas in a reply of another route is one that no item has
 *   gat, mg with T, N, R to all routes, so that the item stays alive on each; the reply is that of the first route that
 *                        did not fail
 *   set, add, replace, append, prepend, ms, touch, incr, decr, ma
 *                        all routes. The reply is that of the first route; any failure or refusal makes it an error.
 *                        `all-async`: the first route's reply at once, the replies of the others are ignored
 *   cas; ms, md, ma with C
 *                        the first route compares; when it has executed the command, the others execute it without
 *                        comparing. Later writes of the key wait for that, and reads behind them
 *   delete, md           all routes; deleted anywhere is deleted
 *   flush_all            all routes
 *
 * Nothing is undone: a write that failed on one route stays on the others until the next write of its key.
 */
import { ownKey, type OwnedKey, type OwnedKeyMap } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import { copyCommand, copyForAll, type Command, isPlainGet, isRead } from '../../core/command.ts';
import { type Handler, swallow } from '../../core/dispatcher.ts';
import type { MemcacheError } from '../../core/errors.ts';
import { oneOf } from '../../core/option-kinds.ts';
import { Reply, copyReply } from '../../core/reply.ts';
import { dispatchToAll } from './all-routes.ts';
import { withoutCondition, withoutOwnCas } from './condition.ts';
import { FailoverRoute } from './failover-route.ts';
import { routes, type RouteType } from './route-type.ts';
import type { InnerRouteSpec, Route } from './route.ts';

/** Sends writes to all routes. */
export interface ReplicateRouteSpec<Inner = InnerRouteSpec> {
  /** The kind of this route. */
  readonly type: 'replicate';
  /** The routes that receive every write. */
  readonly routes: readonly Inner[];
  /**
   * `all-sync`: the client receives the reply to a write when all routes have replied; `all-async`: when the first has.
   * `fastest-read`: writes as with `all-sync`; a get goes to all routes and the first hit is the reply. @default
   * 'all-sync'
   */
  readonly mode?: 'all-sync' | 'all-async' | 'fastest-read' | undefined;
}

/** When the reply to a write is sent, and which route serves a read. */
export type ReplicateMode = 'all-sync' | 'all-async' | 'fastest-read';

/** A route that sends writes to several routes. */
export class ReplicateRoute implements Route {
  /** What waits behind a cas of its key that the first route has not replied to. */
  readonly #behind: OwnedKeyMap<(() => void)[]> = new Map<OwnedKey, (() => void)[]>();
  readonly #routes: readonly Route[];
  /** The same routes for reads: only the first returns its own cas. */
  readonly #readRoutes: readonly Route[];
  readonly #mode: ReplicateMode;
  readonly #inOrder: Route;

  constructor(routes: readonly Route[], mode: ReplicateMode, clock: Clock) {
    this.#routes = routes;
    this.#mode = mode;
    this.#readRoutes = routes.map((route, index) => (index === 0 ? route : withoutOwnCas(route)));
    this.#inOrder = new FailoverRoute({ routes: this.#readRoutes, onMiss: false, ttl: undefined, clock });
  }

  dispatch(command: Command, handler: Handler): void {
    if (this.#behind.size > 0 && this.#waits(command, handler)) return;
    if (isRead(command)) this.#get(command, handler);
    else if (command.verb === 'get') dispatchToAll(this.#readRoutes, command, handler, 'replied');
    else if (command.cas !== 0n) this.#compare(command, handler);
    else if (this.#mode === 'all-async' && command.verb !== 'flush') {
      this.#others(command);
      this.#first.dispatch(copyForAll(command), handler);
    } else dispatchToAll(this.#routes, command, handler, command.verb === 'delete' ? 'any-ok' : 'first');
  }

  get #first(): Route {
    return this.#routes[0] as Route;
  }

  #get(command: Command, handler: Handler): void {
    if (this.#mode !== 'fastest-read' || !isPlainGet(command)) {
      this.#inOrder.dispatch(command, handler);
      return;
    }
    const race = new Race(handler, this.#routes.length);
    for (const route of this.#routes) route.dispatch(copyCommand(command), race);
  }

  /** The other routes, whose replies are ignored. */
  #others(command: Command): void {
    for (const route of this.#routes.slice(1)) route.dispatch(copyForAll(command), swallow);
  }

  /** Whether the command waits behind a cas of its key: otherwise it would pass that on the other routes. */
  #waits(command: Command, handler: Handler): boolean {
    const waiting = this.#behind.get(command.key);
    if (waiting === undefined || (isRead(command) && waiting.length === 0)) return false;
    waiting.push(() => this.dispatch(command, handler));
    return true;
  }

  #release(key: string): void {
    const waiting = this.#behind.get(key) ?? [];
    this.#behind.delete(key);
    for (const go of waiting) go();
  }

  #compare(command: Command, handler: Handler): void {
    const key = ownKey(command.key);
    this.#behind.set(key, []);
    this.#first.dispatch(command, {
      onReply: (reply) => {
        if (reply.status === 'ok') this.#executeOnOthers(withoutCondition(command), reply, handler);
        else handler.onReply(reply);
        this.#release(key);
      },
      onError: (error) => {
        handler.onError(error);
        this.#release(key);
      },
    });
  }

  /** `reply`: that of the first route, which has executed the command. */
  #executeOnOthers(command: Command, reply: Reply, handler: Handler): void {
    const others = this.#routes.slice(1);
    if (this.#mode === 'all-async' || others.length === 0) {
      this.#others(command);
      handler.onReply(reply);
      return;
    }
    const first = copyReply(reply);
    dispatchToAll(others, command, {
      onReply: (reply) => handler.onReply(reply.status === 'error' ? reply : first),
      onError: (error) => handler.onError(error),
    });
  }
}

/** The first hit wins; a miss, or a failure, only when no route has the item. */
class Race implements Handler {
  readonly #handler: Handler;
  #left: number;
  #isWon = false;
  #hasMissed = false;
  #error: MemcacheError | undefined;

  constructor(handler: Handler, count: number) {
    this.#handler = handler;
    this.#left = count;
  }

  onReply(reply: Reply): void {
    this.#left--;
    if (this.#isWon) return;
    if (reply.status === 'miss') {
      this.#hasMissed = true;
      this.#finish();
    } else if (reply.status === 'error' && this.#left > 0) this.#finish();
    else {
      this.#isWon = true;
      this.#handler.onReply(reply);
    }
  }

  onError(error: MemcacheError): void {
    this.#left--;
    this.#error ??= error;
    if (!this.#isWon) this.#finish();
  }

  #finish(): void {
    if (this.#left > 0) return;
    if (this.#hasMissed || this.#error === undefined) this.#handler.onReply(new Reply().reset('miss'));
    else this.#handler.onError(this.#error);
  }
}

/** Describes `replicate`. */
export const replicateRoute: RouteType<ReplicateRouteSpec> = {
  type: 'replicate',
  about: 'writes go to all routes, reads to one',
  options: {
    routes: { kind: routes, isRequired: true, about: 'the routes that receive every write' },
    mode: {
      kind: oneOf('all-sync', 'all-async', 'fastest-read'),
      default: 'all-sync',
      about:
        '`all-sync`: the reply to a write is sent when all routes have replied; `all-async`: when the first has; `fastest-read`: a get goes to all routes and the first hit is the reply',
    },
  },
  build: ({ routes, mode = 'all-sync' }, { build, clock }) => new ReplicateRoute(routes.map(build), mode, clock),
};
