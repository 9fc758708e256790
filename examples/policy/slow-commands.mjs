/**
 * A policy of one's own: counts the commands that take longer than `limit` milliseconds, by verb.
 *
 *   const slow = slowCommands(50);
 *   const cache = createClient({ nodes: 'cache1,cache2', policies: [slow.policy] });
 *   …
 *   console.log(slow.counts); // Map { 'get' => 3 }
 *
 * `memfleet/core` is unstable: it may change in any release.
 */
import { verbOf, wrap, wrapHandler } from 'memfleet/core';

/** @param {number} limit milliseconds */
export function slowCommands(limit) {
  /** @type {Map<string, number>} */
  const counts = new Map();

  /** @type {import('memfleet/core').Policy} */
  const slowLog = (next) =>
    wrap(next, (command, handler) => {
      const startedAt = performance.now();
      const end = () => {
        const verb = verbOf(command);
        if (performance.now() - startedAt > limit) counts.set(verb, (counts.get(verb) ?? 0) + 1);
      };
      const timed = wrapHandler(handler, {
        onReply: (reply) => {
          // Items come before the end. A reply is valid only during this call.
          if (reply.part !== 'item') end();
          handler.onReply(reply);
        },
        onError: (error) => {
          end();
          handler.onError(error);
        },
      });
      next.dispatch(command, timed);
    });

  return { policy: slowLog, counts };
}
