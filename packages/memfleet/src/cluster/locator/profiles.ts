/** The schemes with their facts, for users. */
import { factsOf } from './facts.ts';
import type { LocatorProfile, LocatorScheme } from './locator.ts';
import { locatorScheme, locatorSchemes } from './registry.ts';

function withFacts({ name, names, create }: LocatorScheme): LocatorProfile {
  const { description, traits } = factsOf(name);
  return { name, description, traits: { ...(names !== undefined && { names }), ...traits }, create };
}

/** Every scheme, by the name that the `locator` option takes. */
export const locatorProfiles: readonly LocatorProfile[] = locatorSchemes.map(withFacts);

/**
 * The profile of a name.
 *
 * @throws {InvalidOptionError} when there is none; the message has the nearest three
 */
export function locatorProfile(name: string): LocatorProfile {
  return withFacts(locatorScheme(name));
}
