/** Mistakes that the seeds of several scenarios must find. */
import type { Mutant } from './mutant.ts';

export const neverReadmitted: Mutant = {
  name: 'an ejected node is never readmitted',
  file: 'cluster/health-keeper.js',
  search: 'health.succeed(now);',
  replacement: '',
};

export const retriesSentWrites: Mutant = {
  name: 'writes are retried although they were sent',
  file: 'policy/retry.js',
  search: 'return isTransport && (!error.sent || isRead(command));',
  replacement: 'return isTransport;',
};

export const deniesTimedOut: Mutant = {
  name: 'timed-out commands say that nothing was sent',
  file: 'connection/pending.js',
  search: 'handler.onError(makeError(command, true));',
  replacement: 'handler.onError(makeError(command, false));',
};

export const spreadsKeys: Mutant = {
  name: 'commands of one key go out on several connections',
  file: 'pool/connection-set.js',
  search: 'if (!this.#keepsOrder || this.size < 2)',
  replacement: 'if (true)',
};

export const repliesOutOfOrder: Mutant = {
  name: 'a session replies in the order in which nodes reply',
  file: 'session/reply-writer.js',
  search: "if (state === 'direct' && this.#isWriting) {\n            this.codec?",
  replacement:
    "if (this.#isWriting || reply.part !== 'item') {\n            if (!this.#isWriting) {\n                this.codec?.encodeReply(reply, pending.command, context.writer);\n                this.#output.writeDirect(this.transport);\n                return;\n            }\n            this.codec?",
};
