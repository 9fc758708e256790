/** Mistakes of the proxy and the clients in it. */
import type { Mutant } from './mutant.ts';

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
  {
    name: 'the proxy retries writes that were sent',
    file: 'policy/retry.js',
    search: 'return isTransport && (!error.sent || isRead(command));',
    replacement: 'return isTransport;',
  },
  {
    name: 'commands of one key go out on several connections',
    file: 'pool/connection-set.js',
    search: 'if (!this.#keepsOrder || this.size < 2)',
    replacement: 'if (true)',
  },
  {
    name: 'an ejected node is never readmitted',
    file: 'cluster/health-keeper.js',
    search: 'health.succeed(now);',
    replacement: '',
  },
  {
    name: 'a session replies in the order in which nodes reply',
    file: 'session/reply-writer.js',
    search: "if (state === 'direct' && this.#isWriting) {\n            this.codec?",
    replacement:
      "if (this.#isWriting || reply.part !== 'item') {\n            if (!this.#isWriting) {\n                this.codec?.encodeReply(reply, pending.command, context.writer);\n                this.#output.writeDirect(this.transport);\n                return;\n            }\n            this.codec?",
  },
];
