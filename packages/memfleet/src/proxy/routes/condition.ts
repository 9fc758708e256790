/** A cas belongs to the route that returned it: on another one, an equal cas can be that of another value. */
import { noItemsCas } from '../../core/cas.ts';
import { type Command, copyCommand } from '../../core/command.ts';
import { copyReply } from '../../core/reply.ts';
import type { Route } from './route.ts';

/** A copy that does not compare. */
export function withoutCondition(command: Command): Command {
  const copy = copyCommand(command);
  const { meta } = command;
  copy.cas = 0n;
  if (meta?.hasCas !== true) return copy;
  copy.meta = { ...meta, hasCas: false, tokens: meta.tokens.filter((token) => !token.startsWith('C')) };
  return copy;
}

/**
 * A copy for another route than the first. The reply to `mg` with C has no value if the item has this cas
 * (docs/protocols.md#meta-protocol), so the copy of a read does not compare.
 */
export function forNextRoute(command: Command): Command {
  return command.verb === 'get' ? withoutCondition(command) : copyCommand(command);
}

/** The same route, whose replies carry `noItemsCas` in place of the cas of the item. */
export function withoutOwnCas(route: Route): Route {
  return {
    dispatch: (command, handler) =>
      route.dispatch(command, {
        onReply(reply) {
          if (reply.cas === 0n) {
            handler.onReply(reply);
            return;
          }
          // A copy has no wire form, which has the cas as well.
          const copy = copyReply(reply);
          copy.cas = noItemsCas;
          handler.onReply(copy);
        },
        onError: (error) => handler.onError(error),
      }),
  };
}
