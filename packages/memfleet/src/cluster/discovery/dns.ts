/**
 * Nodes by DNS, with the prefixes that Thanos defines and Cortex, Mimir and mtop share:
 *
 *   dns+host:port              the A and AAAA records of the host are the nodes
 *   dnssrv+_service._tcp.name  the SRV records name hosts and ports; the A and AAAA records of the hosts are the nodes
 *   dnssrvnoa+…                the SRV records are the nodes, by host name
 *
 * A port after an SRV name replaces the ports in the records. The list is sorted, because name servers shuffle their
 * responses.
 */
import { lookup, resolveSrv } from 'node:dns/promises';
import { ConfigError, InvalidOptionError } from '../../core/errors.ts';
import { type ClusterNode, defaultPort, nodeAt, withoutRepeats } from '../node-spec.ts';
import type { DiscoverySource, Resolver } from './discovery-source.ts';
import type { FindNodes } from './polling-source.ts';

/** The system's resolver: `getaddrinfo` for addresses (so /etc/hosts applies), DNS for SRV. */
export const systemResolver: Resolver = {
  addresses: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  services: (name) => resolveSrv(name),
};

type Kind = 'dns' | 'dnssrv' | 'dnssrvnoa';

/** One entry of a node list that is looked up by DNS. */
export interface DnsName {
  readonly kind: Kind;
  readonly host: string;
  readonly port: number | undefined;
  /** The entry as the user wrote it. */
  readonly text: string;
}

const form = /^(dns|dnssrv|dnssrvnoa)\+([^:/\s]+)(?::(\d+))?$/;

/** Parses an entry. Throws InvalidOptionError. `option`: the path of the entry. */
export function parseDnsName(text: string, option: string = 'nodes'): DnsName {
  const [, kind, host, digits] = form.exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (kind === undefined || host === undefined || (port !== undefined && (port < 1 || port > 65535))) {
    throw new InvalidOptionError(
      `nodes: ${JSON.stringify(text)} is not dns+host:port, dnssrv+name or dnssrvnoa+name`,
      option,
    );
  }
  return { kind: kind as Kind, host, port, text };
}

/** Nodes by DNS. */
export const dns: DiscoverySource = {
  what: 'DNS',
  schemes: ['dns+', 'dnssrv+', 'dnssrvnoa+'],
  forms: ['dns+name:11211', 'dnssrv+name', 'dnssrvnoa+name'],
  interval: 30_000,
  isAlone: false,
  find: (entries, plain, { resolver }) =>
    dnsFinder(
      entries.map(({ text, option }) => parseDnsName(text, option)),
      plain,
      resolver,
    ),
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
