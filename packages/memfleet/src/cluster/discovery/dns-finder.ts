/**
 * Looks nodes up by DNS. The list is sorted, because name servers shuffle their responses. It is loaded when it is
 * needed (finder-part.ts).
 */
import { lookup, resolveSrv } from 'node:dns/promises';
import { ConfigError } from '../../core/errors.ts';
import { type ClusterNode, defaultPort, nodeAt, withoutRepeats } from '../node-spec.ts';
import type { Resolver } from './discovery-source.ts';
import type { DnsName } from './dns-name.ts';
import type { FindNodes } from './polling-source.ts';

/** The system's resolver: `getaddrinfo` for addresses (so /etc/hosts applies), DNS for SRV. */
export const systemResolver: Resolver = {
  addresses: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  services: (name) => resolveSrv(name),
};

/**
 * Looks all names up; `plain` are nodes beside them. A node that several names resolve to, or that is in the list as
 * well, occurs once. A name that fails keeps its previous nodes; a name that never resolved fails the whole lookup,
 * because a ring with gaps misplaces keys.
 */
export function dnsFinder(
  names: readonly DnsName[],
  plain: readonly ClusterNode[] = [],
  resolver: Resolver = systemResolver,
): FindNodes {
  const before = new Map<string, readonly ClusterNode[]>();
  const isAlone = names.length + plain.length === 1;
  const find = async (name: DnsName): Promise<readonly ClusterNode[]> => {
    try {
      const nodes = await resolveName(name, resolver);
      if (nodes.length === 0) throw new ConfigError(`${name.text} has no records`);
      before.set(name.text, nodes);
      return nodes;
    } catch (error) {
      const last = before.get(name.text);
      if (last !== undefined && !isAlone) return last;
      throw error;
    }
  };
  const listed = new Set(plain.map((node) => node.name));
  return async () => {
    const found = (await Promise.all(names.map(find))).flat().filter((node) => !listed.has(node.name));
    return withoutRepeats([...plain, ...found]).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  };
}

async function resolveName({ kind, host, port }: DnsName, resolver: Resolver): Promise<readonly ClusterNode[]> {
  if (kind === 'dns') {
    const addresses = await resolver.addresses(host);
    return addresses.map((address) => nodeAt(address, port ?? defaultPort));
  }
  const services = (await resolver.services(host)).map((service) => {
    return { host: service.name.replace(/\.$/, ''), port: port ?? service.port };
  });
  if (kind === 'dnssrvnoa') return services.map((service) => nodeAt(service.host, service.port));
  const lists = services.map(async (service) => {
    const addresses = await resolver.addresses(service.host);
    return addresses.map((address) => nodeAt(address, service.port));
  });
  return (await Promise.all(lists)).flat();
}
