/**
 * Lets every reply be spoiled once its handler had it: a transform of the library's sources in tests, so that it costs
 * nothing where they are not run.
 */
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vitest/config';

const sources: string = fileURLToPath(new URL('../../src/', import.meta.url));
const helper: string = fileURLToPath(new URL('spoil-reply.ts', import.meta.url));

/** `this.#handler.onReply(`: the receiver, and what it is called with. */
const call = /(?<![\w$#.?!)\]])((?:[\w$]+\.)*#?[\w$]+)\.onReply\(/g;

/** The same source with every `x.onReply(reply)` said as `give(x, reply)`; undefined = it has none. */
export function withSpoiledReplies(code: string): string | undefined {
  const changed = code.replace(call, '__give($1, ');
  if (/\.onReply\(/.test(changed))
    throw new Error(`a call of onReply that cannot be followed: name its receiver first`);
  // On the first line, so that the others keep their numbers.
  return changed === code ? undefined : `import { give as __give } from ${JSON.stringify(helper)}; ${changed}`;
}

/** For vitest.config.ts. */
export function spoiledReplies(): Plugin {
  return {
    name: 'spoiled-replies',
    enforce: 'pre',
    transform: (code, id) => (id.startsWith(sources) ? withSpoiledReplies(code) : undefined),
  };
}
