/**
 * The configuration endpoint of Amazon ElastiCache and Google Memorystore: every node supports an additional command
 * (endpoint-finder.ts).
 */
import { InvalidOptionError } from '../../core/errors.ts';
import { parseNode } from '../node-spec.ts';
import type { DiscoveryEntry, DiscoverySource } from './discovery-source.ts';
import { lazyFinder } from './finder-part.ts';

/** The configuration endpoint of a cloud's cluster. */
export const configEndpoint: DiscoverySource = {
  what: 'a configuration endpoint',
  schemes: ['elasticache://', 'memorystore://'],
  forms: ['elasticache://endpoint:11211', 'memorystore://endpoint:11211'],
  interval: 60_000,
  isAlone: true,
  find: ([entry], _plain, { keepAliveDelay, network, tls }) => {
    const { text, option } = entry as DiscoveryEntry;
    const [, host] = /^[a-z]+:\/\/([^/]+)\/?$/.exec(text) ?? [];
    if (host === undefined)
      throw new InvalidOptionError(`nodes: ${JSON.stringify(text)} is not elasticache://host:port`, option);
    const { address } = parseNode(host, undefined, option);
    return lazyFinder(({ endpointFinder }) => endpointFinder({ address, tls, keepAliveDelay, network }));
  },
};
