/** What looks nodes up (finder-part.ts). */
import { dnsFinder } from './dns-finder.ts';
import { endpointFinder } from './endpoint-finder.ts';

/** The finders of the sources. */
export interface Finders {
  readonly dnsFinder: typeof dnsFinder;
  readonly endpointFinder: typeof endpointFinder;
}

/** The finders of the sources. */
export const finders: Finders = Object.freeze({ dnsFinder, endpointFinder });
