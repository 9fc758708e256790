/** All ways to find nodes. A new one is a file that exports a `DiscoverySource`, and a line here. */
import { schemeOf } from '../node-spec.ts';
import { configEndpoint } from './config-endpoint.ts';
import type { DiscoverySource } from './discovery-source.ts';
import { dns } from './dns.ts';

/** All ways to find nodes. */
export const discoverySources: readonly DiscoverySource[] = Object.freeze([dns, configEndpoint]);

/** The source to which an entry of a node list belongs; undefined = the entry is not of a source. */
export function sourceOf(text: string): DiscoverySource | undefined {
  const scheme = schemeOf(text);
  return scheme === undefined ? undefined : discoverySources.find(({ schemes }) => schemes.includes(scheme));
}

/**
 * Whether an entry of a node list names a place to find nodes (`dns+…`, `elasticache://…`), and is not itself a node.
 */
export function isDiscovered(entry: string): boolean {
  return sourceOf(entry) !== undefined;
}

/** Schemes that may begin a connection string: `elasticache`. */
export const connectionSchemes: readonly string[] = Object.freeze(
  discoverySources.flatMap(({ schemes }) => schemes).flatMap((scheme) => /^(.*):\/\/$/.exec(scheme)?.[1] ?? []),
);
