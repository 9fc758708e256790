/** Mistakes of sessions. */
import type { Mutant } from './mutant.ts';
import { repliesOutOfOrder } from './shared.ts';

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
  repliesOutOfOrder,
];
