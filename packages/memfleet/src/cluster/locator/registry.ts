import { InvalidOptionError } from '../../core/errors.ts';
import { show } from '../../core/option-checks.ts';
import { closestOf } from '../../core/suggestion.ts';
import type { Locator, LocatorNode, LocatorOptions, LocatorScheme } from './locator.ts';
import { clientSchemes } from './schemes/clients.ts';
import { libmemcachedSchemes } from './schemes/libmemcached.ts';
import { memcachedProxySchemes } from './schemes/memcached-proxy.ts';
import { ownSchemes } from './schemes/own.ts';
import { twemproxySchemes } from './schemes/twemproxy.ts';

/**
 * Every scheme, by the name that the `locator` option takes. A new scheme is a line in one of these lists, and one in
 * facts.ts.
 */
export const locatorSchemes: readonly LocatorScheme[] = [
  ...ownSchemes,
  ...libmemcachedSchemes,
  ...twemproxySchemes,
  ...memcachedProxySchemes,
  ...clientSchemes,
];

const byName: ReadonlyMap<string, LocatorScheme> = new Map(locatorSchemes.map((scheme) => [scheme.name, scheme]));

/**
 * The scheme of a name.
 *
 * @throws {InvalidOptionError} when there is none; the message has the nearest three
 */
export function locatorScheme(name: string): LocatorScheme {
  const scheme = byName.get(name);
  if (scheme !== undefined) return scheme;
  const nearest = closestOf(name, [...byName.keys()], 3).map((known) => JSON.stringify(known));
  throw new InvalidOptionError(
    `unknown locator ${show(name.slice(0, 60))}; the nearest of ${byName.size} are ${nearest.join(', ')} (memfleet locate --list has all)`,
    'locator',
  );
}

/** Makes a locator by the name of its scheme. @throws {InvalidOptionError} for an unknown name or a bad option */
export function createLocator(name: string, nodes: readonly LocatorNode[], options: LocatorOptions = {}): Locator {
  return locatorScheme(name).create(nodes, options);
}
