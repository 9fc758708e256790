import { InvalidOptionError } from '../../core/errors.ts';
import { show } from '../../core/option-checks.ts';
import { closestOf } from '../../core/suggestion.ts';
import type { Locator, LocatorNode, LocatorOptions, LocatorProfile } from './locator.ts';
import { clientProfiles } from './profiles/clients.ts';
import { libmemcachedProfiles } from './profiles/libmemcached.ts';
import { memcachedProxyProfiles } from './profiles/memcached-proxy.ts';
import { ownProfiles } from './profiles/own.ts';
import { twemproxyProfiles } from './profiles/twemproxy.ts';

/** Every scheme, by the name that the `locator` option takes. A new scheme is a line in one of these lists. */
export const locatorProfiles: readonly LocatorProfile[] = [
  ...ownProfiles,
  ...libmemcachedProfiles,
  ...twemproxyProfiles,
  ...memcachedProxyProfiles,
  ...clientProfiles,
];

const byName: ReadonlyMap<string, LocatorProfile> = new Map(locatorProfiles.map((profile) => [profile.name, profile]));

/**
 * The profile of a name.
 *
 * @throws {InvalidOptionError} when there is none; the message has the nearest three
 */
export function locatorProfile(name: string): LocatorProfile {
  const profile = byName.get(name);
  if (profile !== undefined) return profile;
  const nearest = closestOf(name, [...byName.keys()], 3).map((known) => JSON.stringify(known));
  throw new InvalidOptionError(
    `unknown locator ${show(name.slice(0, 60))}; the nearest of ${byName.size} are ${nearest.join(', ')} (memfleet locate --list has all)`,
    'locator',
  );
}

/** Makes a locator by the name of its scheme. @throws {InvalidOptionError} for an unknown name or a bad option */
export function createLocator(name: string, nodes: readonly LocatorNode[], options: LocatorOptions = {}): Locator {
  return locatorProfile(name).create(nodes, options);
}
