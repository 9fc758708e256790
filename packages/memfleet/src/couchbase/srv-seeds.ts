/**
 * The nodes of a cluster by the SRV records of its name, as Capella and most deployments give one name only:
 *
 *   cb.example ─▶ _couchbase._tcp.cb.example (TLS: _couchbases._tcp.…) ─ records ─▶ their hosts and ports
 *                                    └ none, an error, no response in 500 ms ─▶ cb.example itself
 *
 * (Couchbase SDK RFC 11, and libcouchbase's default of 500 ms.)
 */
import type { Clock } from '../base/clock.ts';
import type { Resolver } from '../cluster/discovery/discovery-source.ts';
import { dnsFinder } from '../cluster/discovery/dns-finder.ts';
import { parseDnsName } from '../cluster/discovery/dns-name.ts';
import type { ClusterNode } from '../cluster/node-spec.ts';

/** The time limit of a lookup, in ms. */
const lookupTimeout = 500;

/** The context of a lookup. */
export interface SrvContext {
  readonly tls: boolean;
  readonly clock: Clock;
  readonly resolver?: Resolver | undefined;
}

/** Returns a function that looks the name up, and never rejects: without records it gives `plain`. */
export function srvSeeds(
  name: string,
  plain: readonly ClusterNode[],
  { tls, clock, resolver }: SrvContext,
): () => Promise<readonly ClusterNode[]> {
  const find = dnsFinder([parseDnsName(`dnssrvnoa+_couchbase${tls ? 's' : ''}._tcp.${name}`)], [], resolver);
  return () =>
    new Promise((resolve) => {
      const timer = clock.setTimer(lookupTimeout, () => resolve(plain), false);
      const end = (seeds: readonly ClusterNode[]): void => {
        timer.clear();
        resolve(seeds);
      };
      Promise.resolve(find(new AbortController().signal)).then(end, () => end(plain));
    });
}
