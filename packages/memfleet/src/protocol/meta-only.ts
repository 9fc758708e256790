/** What only the meta protocol can say. */
import { type Command, type MetaFlags, verbOf } from '../core/command.ts';
import { UnsupportedError } from '../core/errors.ts';

/**
 * Flags that change what happens to the item must not be lost on the way; those that only ask for more in the answer
 * may.
 */
const unsayable: readonly (readonly [flag: string, given: (command: Command, meta: MetaFlags) => boolean])[] = [
  // The N of `ma` is `Command.initial`.
  ['N (vivify)', ({ verb }, meta) => meta.vivify !== undefined && verb !== 'arith'],
  ['R (recache)', (_, meta) => meta.recache !== undefined],
  ['I (invalidate)', (_, meta) => meta.invalidate === true],
  ['E (new cas)', (_, meta) => meta.newCas !== undefined],
  ['x (clear value)', (_, meta) => meta.clearValue === true],
  ['T (exptime)', ({ verb, touch }) => touch && (verb === 'arith' || verb === 'delete')],
];

/** Throws UnsupportedError when the command came in with a meta flag whose meaning `protocol` cannot carry. */
export function refuseMetaFlags(command: Command, protocol: string): void {
  const { meta } = command;
  if (meta === undefined) return;
  const lost = unsayable.find(([, given]) => given(command, meta));
  if (lost !== undefined) {
    throw new UnsupportedError(`the ${protocol} protocol cannot say the meta flag ${lost[0]} of ${verbOf(command)}`);
  }
}
