/** Refuses flags that only the meta protocol has. */
import { type Command, verbOf } from '../core/command.ts';
import { UnsupportedError } from '../core/errors.ts';
import { itemChanges } from '../core/meta-flags.ts';

/**
 * Throws UnsupportedError when the command has a meta flag that changes the effect on the item and that `protocol`
 * cannot carry, or when only the meta protocol has a reply. Other flags that request more in the reply may be dropped.
 */
export function refuseMetaFlags(command: Command, protocol: string): void {
  const { meta } = command;
  if (meta === undefined) return;
  if (meta.onlyMeta !== undefined) throw new UnsupportedError(`the ${protocol} protocol cannot ${meta.onlyMeta}`);
  const lost = itemChanges.find((change) => change.isGiven(command, meta));
  if (lost !== undefined) {
    throw new UnsupportedError(
      `the ${protocol} protocol cannot express the meta flag ${lost.name} of ${verbOf(command)}`,
    );
  }
}
