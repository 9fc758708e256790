import { type Command, derive } from '../core/command.ts';

/**
 * The same command once more, for another route, another key, or with other fields; without its deadline, which the
 * fleet gives that it goes to.
 */
export function copyCommand(from: Command, key: string = from.key): Command {
  const copy = derive(from);
  copy.key = key;
  copy.deadline = 0;
  return copy;
}

/**
 * The same for one of several routes that all must write: it is done though the client leaves, or the items of the
 * routes would differ.
 */
export function copyForAll(from: Command): Command {
  return copyCommand(from).detach();
}
