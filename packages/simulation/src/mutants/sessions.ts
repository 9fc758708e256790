/** Mistakes of sessions. */
import type { Mutant } from './mutant.ts';

export const sessionsMutants: readonly Mutant[] = [
  {
    name: 'a half-closed session ends without its replies',
    file: 'session/session.js',
    search: 'this.#requests.hasEnded = true;\n        else\n            this.finish();',
    replacement: 'this.#requests.hasEnded = true;\n        else\n            this.destroy();',
  },
  {
    name: 'a quiet miss of meta has a reply',
    file: 'protocol/meta/encode-reply.js',
    search: 'if (!to.quiet)\n            writer.ascii(`EN',
    replacement: 'if (true)\n            writer.ascii(`EN',
  },
  {
    name: 'a session replies in the order in which nodes reply',
    file: 'session/reply-writer.js',
    search: "if (state === 'direct' && this.#isWriting) {\n            this.codec?",
    replacement:
      "if (this.#isWriting || reply.part !== 'item') {\n            if (!this.#isWriting) {\n                this.codec?.encodeReply(reply, pending.command, context.writer);\n                this.#output.writeDirect(this.transport);\n                return;\n            }\n            this.codec?",
  },
];
