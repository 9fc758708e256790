/** What only the meta protocol can say. */
import { type Command, verbOf } from '../core/command.ts';
import { UnsupportedError } from '../core/errors.ts';
import { itemChanges } from '../core/meta-flags.ts';

/**
 * Throws UnsupportedError when the command has a meta flag that changes what happens to the item and that `protocol`
 * cannot carry, or when only the meta protocol has an answer. Other flags that ask for more in the reply may be lost.
 */
export function refuseMetaFlags(command: Command, protocol: string): void {
  const { meta } = command;
  if (meta === undefined) return;
  if (meta.onlyMeta !== undefined) throw new UnsupportedError(`the ${protocol} protocol cannot ${meta.onlyMeta}`);
  const lost = itemChanges.find((change) => change.isGiven(command, meta));
  if (lost !== undefined) {
    throw new UnsupportedError(`the ${protocol} protocol cannot say the meta flag ${lost.name} of ${verbOf(command)}`);
  }
}
