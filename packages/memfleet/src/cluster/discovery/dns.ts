/**
 * Nodes by DNS, with the prefixes that Thanos defines and Cortex, Mimir and mtop share:
 *
 *   dns+host:port              the A and AAAA records of the host are the nodes
 *   dnssrv+_service._tcp.name  the SRV records name hosts and ports; the A and AAAA records of the hosts are the nodes
 *   dnssrvnoa+…                the SRV records are the nodes, by host name
 *
 * A port after an SRV name replaces the ports in the records.
 */
import type { DiscoverySource } from './discovery-source.ts';
import { parseDnsName } from './dns-name.ts';
import { lazyFinder } from './finder-part.ts';

/** Nodes by DNS. */
export const dns: DiscoverySource = {
  what: 'DNS',
  schemes: ['dns+', 'dnssrv+', 'dnssrvnoa+'],
  forms: ['dns+name:11211', 'dnssrv+name', 'dnssrvnoa+name'],
  interval: 30_000,
  isAlone: false,
  find: (entries, plain, { resolver }) => {
    const names = entries.map(({ text, option }) => parseDnsName(text, option));
    return lazyFinder(({ dnsFinder }) => dnsFinder(names, plain, resolver));
  },
};
