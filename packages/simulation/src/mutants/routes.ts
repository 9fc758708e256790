/** Mistakes of the routes of the proxy. */
import type { Mutant } from './mutant.ts';

export const routesMutants: readonly Mutant[] = [
  {
    name: 'replicate stores on the first route only',
    file: 'proxy/routes/all-routes.js',
    search: '        route.dispatch(index === 0',
    replacement:
      "        if (index > 0 && command.verb === 'store')\n            all.part(index).onReply(new Reply().reset('ok'));\n        else\n            route.dispatch(index === 0",
  },
  {
    name: 'a write passes a cas on the other routes of replicate',
    file: 'proxy/routes/replicate-route.js',
    search: 'if (this.#behind.size > 0',
    replacement: 'if (false',
  },
  {
    name: 'a delete says what the first route had',
    file: 'proxy/routes/all-routes.js',
    search: "return status === 'ok' || (index === 0 && this.#reply === undefined);",
    replacement: 'return index === 0;',
  },
  {
    name: 'failover keeps items on the next route',
    file: 'proxy/routes/failover-route.js',
    search: 'ttl === undefined ? copy : withCappedTtl(copy, ttl, clock.unixSeconds())',
    replacement: 'copy',
  },
  {
    name: 'copies of a warm cluster replace newer items',
    file: 'proxy/routes/warm-up-route.js',
    search: "mode: 'add',",
    replacement: "mode: 'set',",
  },
  {
    name: 'deletes are not passed on to the warm cluster',
    file: 'proxy/routes/warm-up-route.js',
    search: "dispatchToAll([this.#cold, this.#warm], command, handler, 'any-ok')",
    replacement: 'this.#cold.dispatch(command, handler)',
  },
];
