/** Mistakes of the proxy and the clients in it. */
import type { Mutant } from './mutant.ts';
import { neverReadmitted, repliesOutOfOrder, retriesSentWrites, spreadsKeys } from './shared.ts';

export const proxyMutants: readonly Mutant[] = [
  {
    name: 'the front cache keeps what a write has changed',
    file: 'proxy/routes/front-cache-route.js',
    search: 'onReply: (reply) => {\n                remove();\n                handler.onReply(reply);',
    replacement: 'onReply: (reply) => {\n                handler.onReply(reply);',
  },
  {
    name: 'the front cache is filled by a get from before a write',
    file: 'proxy/routes/front-cache-route.js',
    search: 'if (this.#fills.get(key) !== fill)\n            return;',
    replacement: '',
  },
  {
    name: 'a new front cache does not hear of writes in flight',
    file: 'proxy/proxy.js',
    search: 'this.#routes?.replacedBy(routes);',
    replacement: '',
  },
  retriesSentWrites,
  spreadsKeys,
  neverReadmitted,
  repliesOutOfOrder,
];
