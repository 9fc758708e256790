/** The part of the library that looks nodes up: by DNS, and at configuration endpoints. */
import { LazyPart } from '../../base/lazy-part.ts';
import type { Finders } from './finders.ts';
import type { FindNodes } from './polling-source.ts';

/** Loaded with the first lookup. */
export const finderPart: LazyPart<Finders> = new LazyPart();

/** A finder that is made when the part is there. */
export function lazyFinder(make: (finders: Finders) => FindNodes): FindNodes {
  let find: FindNodes | undefined;
  return (signal) => {
    const finders = finderPart.value;
    if (finders !== undefined) return (find ??= make(finders))(signal);
    return finderPart.load().then((loaded) => {
      signal.throwIfAborted();
      return (find ??= make(loaded))(signal);
    });
  };
}
