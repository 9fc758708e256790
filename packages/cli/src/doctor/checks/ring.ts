/** The traps of the way in which keys are distributed. */
import { lintLocator, locatorProfile } from 'memfleet/locator';
import type { Check } from '../check.ts';

/** What `memfleet locate --lint` warns of. */
export const ring: Check = ({ ring: known }) => {
  if (known === undefined) return [];
  const { scheme, nodes, settings } = known;
  return lintLocator(locatorProfile(scheme), nodes, settings).map(({ code, level, message }) => ({
    severity: level,
    code: `ring-${code}`,
    message: `${scheme}: ${message}`,
    advice:
      level === 'warning'
        ? 'compare the places of some keys with those of the other clients: memfleet locate KEY --locator NAME'
        : 'nothing, as long as every client does the same',
  }));
};
