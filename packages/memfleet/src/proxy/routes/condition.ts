/** `mg` with C: the reply has no value where the item has this cas (docs/protocols.md#meta-protocol). */
import { type Command, copyCommand } from '../../core/command.ts';

/**
 * A copy that always requests the value. A cas belongs to the route that returned it: on another route, an equal one
 * can be that of another value.
 */
export function withoutCondition(command: Command): Command {
  const copy = copyCommand(command);
  const { meta } = command;
  if (command.verb !== 'get' || meta?.hasCas !== true) return copy;
  copy.cas = 0n;
  copy.meta = { ...meta, hasCas: false, tokens: meta.tokens.filter((token) => !token.startsWith('C')) };
  return copy;
}
