import { InvalidOptionError } from '../../errors.ts';
import { md5 } from '../../hash/md5.ts';
import { oneAtATime } from '../../hash/one-at-a-time.ts';
import type { Locator, LocatorNode, LocatorOptions, LocatorProfile } from './locator.ts';
import { hostUnlessDefaultPort } from './node-name.ts';
import { defineProfile } from './profile.ts';
import { RoundRobinLocator } from './round-robin.ts';
import { plainSlots, SlotLocator } from './slots.ts';
import { weightedRing } from './weighted-ring.ts';

/** Every scheme, by the name that the `locator` option takes. */
export const locatorProfiles: readonly LocatorProfile[] = [
  defineProfile(
    'round-robin',
    'all nodes are equal (proxies, Moxi): each call goes to the next one',
    (nodes) => new RoundRobinLocator(nodes),
  ),
  defineProfile(
    'modulo',
    'one-at-a-time hash modulo the number of nodes: the default of libmemcached, weights do not count',
    (nodes) => {
      return new SlotLocator(nodes.length, plainSlots(nodes), oneAtATime);
    },
  ),
  defineProfile(
    'ketama',
    'weighted ketama of libmemcached (php OPT_LIBKETAMA_COMPATIBLE, pylibmc ketama_weighted), exact',
    (nodes) => {
      return weightedRing(nodes, hostUnlessDefaultPort, md5);
    },
  ),
];

const byName: ReadonlyMap<string, LocatorProfile> = new Map(locatorProfiles.map((profile) => [profile.name, profile]));

/**
 * The profile of a name.
 *
 * @throws {InvalidOptionError} when there is none; the message lists the names
 */
export function locatorProfile(name: string): LocatorProfile {
  const profile = byName.get(name);
  if (profile === undefined)
    throw new InvalidOptionError(`unknown locator ${JSON.stringify(name)}; known: ${[...byName.keys()].join(', ')}`);
  return profile;
}

/** Makes a locator by the name of its scheme. @throws {InvalidOptionError} for an unknown name or a bad option */
export function createLocator(name: string, nodes: readonly LocatorNode[], options: LocatorOptions = {}): Locator {
  return locatorProfile(name).create(nodes, options);
}
