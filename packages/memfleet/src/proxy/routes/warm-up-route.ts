/**
 * A cold cluster that takes over from a warm one, and fills itself with the requested items.
 *
 *   get, mg                       cold; on a miss warm. An item found there is the reply, and is added to cold for
 *                                 `ttl` seconds, in the background
 *   gets, gat, touch, incr, decr, append, prepend, replace, cas, and their meta forms
 *                                 cold; on a miss the item is copied from warm, then cold executes the command again
 *                                 (so the cas is cold's own)
 *   add, counters that are created on a miss
 *                                 the item is copied from warm first: an existing item must not be created again
 *   set                           cold
 *   delete, md                    both; deleted anywhere is deleted
 *   me; mg with N or R            cold
 *   flush_all                     both
 *
 * A completed write to cold deletes the key in warm, in the background: an older item must not come back. A failure of
 * the warm cluster is a miss.
 */
import type { Clock } from '../../base/clock.ts';
import { commandFor, copyCommand, type Command, isRead } from '../../core/command.ts';
import { type Handler, swallow } from '../../core/dispatcher.ts';
import { exptimeIn } from '../../core/exptime.ts';
import { arePortable, writesOnGet } from '../../core/meta-flags.ts';
import { seconds } from '../../core/option-kinds.ts';
import { Reply, copyReply } from '../../core/reply.ts';
import { dispatchToAll } from './all-routes.ts';
import { route, type RouteType } from './route-type.ts';
import type { InnerRouteSpec, Route } from './route.ts';

/** Fills a cold cluster from a warm one. */
export interface WarmUpRouteSpec<Inner = InnerRouteSpec> {
  /** The kind of this route. */
  readonly type: 'warm-up';
  /** The route that fills itself. */
  readonly cold: Inner;
  /** The route that items are copied from. */
  readonly warm: Inner;
  /** The time to live of copied items, in seconds. @default 3600 */
  readonly ttl?: number | undefined;
}

type Way = 'read' | 'fill-on-miss' | 'fill-first' | 'cold';

/** How a command with a key is treated. */
function wayOf(command: Command): Way {
  const { meta } = command;
  switch (command.verb) {
    case 'get':
      if (meta !== undefined && writesOnGet(meta)) return 'cold';
      return command.wantCas || command.touch || !arePortable(command.meta) ? 'fill-on-miss' : 'read';
    case 'store':
      if (command.mode === 'add') return 'fill-first';
      return command.mode === 'set' && command.cas === 0n ? 'cold' : 'fill-on-miss';
    case 'arith':
      return command.initial === undefined ? 'fill-on-miss' : 'fill-first';
    case 'touch':
      return 'fill-on-miss';
    default:
      return 'cold';
  }
}

/** A route that fills a cold cluster from a warm one. */
export class WarmUpRoute implements Route {
  readonly #cold: Route;
  readonly #warm: Route;
  readonly #ttl: number;
  readonly #clock: Clock;

  /** `ttl` in seconds. */
  constructor(cold: Route, warm: Route, ttl: number, clock: Clock) {
    this.#cold = cold;
    this.#warm = warm;
    this.#ttl = ttl;
    this.#clock = clock;
  }

  dispatch(command: Command, handler: Handler): void {
    if (command.verb === 'flush') dispatchToAll([this.#cold, this.#warm], command, handler);
    else if (command.verb === 'delete') this.#delete(command, handler);
    else this.#go(wayOf(command), command, this.#settling(command, handler));
  }

  #go(way: Way, command: Command, handler: Handler): void {
    if (way === 'cold') this.#cold.dispatch(command, handler);
    else if (way === 'fill-first') this.#fill(command, () => this.#cold.dispatch(command, handler));
    else {
      this.#cold.dispatch(command, {
        onReply: (reply) => {
          if (reply.status !== 'miss' && !isMissingItem(command, reply)) handler.onReply(reply);
          else if (way === 'read') this.#fill(command, (found) => handler.onReply(found ?? new Reply().reset('miss')));
          else this.#again(command, copyReply(reply), handler);
        },
        onError: (error) => handler.onError(error),
      });
    }
  }

  /** Copies the item to cold and sends it the command once more; without an item the first reply stands. */
  #again(command: Command, reply: Reply, handler: Handler): void {
    this.#fill(command, (found) => {
      if (found === undefined) handler.onReply(reply);
      else this.#cold.dispatch(copyCommand(command), handler);
    });
  }

  /**
   * Reads from warm, and adds the item to cold. The add is dispatched before `then` is called: on one connection it
   * precedes all later commands.
   */
  #fill(command: Command, then: (found: Reply | undefined) => void): void {
    this.#warm.dispatch(commandFor(command, 'get'), {
      onReply: (reply) => {
        if (reply.status !== 'ok') {
          then(undefined);
          return;
        }
        const found = copyReply(reply);
        const add = commandFor(command, 'store', {
          mode: 'add',
          flags: found.flags,
          exptime: exptimeIn(this.#ttl, this.#clock.unixSeconds()),
          value: found.raw(),
        });
        const isWaiting = wayOf(command) !== 'read';
        const go = (): void => {
          if (isWaiting) then(found);
        };
        this.#cold.dispatch(add, { onReply: go, onError: go });
        if (!isWaiting) then(found);
      },
      onError: () => then(undefined),
    });
  }

  /** After a completed write, the old item in warm is deleted. */
  #settling(command: Command, handler: Handler): Handler {
    if (isRead(command)) return handler;
    return {
      onReply: (reply) => {
        if (reply.status === 'ok') this.#warm.dispatch(commandFor(command, 'delete').detach(), swallow);
        handler.onReply(reply);
      },
      onError: (error) => handler.onError(error),
    };
  }

  #delete(command: Command, handler: Handler): void {
    if (command.cas === 0n && command.meta?.invalidate !== true)
      dispatchToAll([this.#cold, this.#warm], command, handler, 'any-ok');
    else this.#go('fill-on-miss', command, this.#settling(command, handler));
  }
}

/** append, prepend and replace reply "not stored" where there is no item. */
function isMissingItem(command: Command, reply: Reply): boolean {
  return command.verb === 'store' && command.mode !== 'add' && reply.status === 'notStored';
}

/** The default time to live of copied items, in seconds. */
const defaultTtl = 3600;

/** Describes `warm-up`. */
export const warmUpRoute: RouteType<WarmUpRouteSpec> = {
  type: 'warm-up',
  about: 'a cold cluster fills itself from a warm one',
  options: {
    cold: { kind: route, isRequired: true, about: 'the route that fills itself' },
    warm: { kind: route, isRequired: true, about: 'the route that items are copied from' },
    ttl: { kind: seconds(1), default: defaultTtl, about: 'the time to live of copied items' },
  },
  build: ({ cold, warm, ttl = defaultTtl }, { build, clock }) => new WarmUpRoute(build(cold), build(warm), ttl, clock),
};
