/**
 * A way to find nodes: `dns+…`, `elasticache://…`. Each describes itself in a file of its own and has a line in
 * registry.ts; everything that must know one asks the registry.
 */
import type { Clock } from '../../base/clock.ts';
import type { TlsOptions } from '../../net/dial.ts';
import type { ClusterNode } from '../node-spec.ts';
import type { Resolver } from './dns.ts';
import type { FindNodes } from './polling-source.ts';

/** What sources need beside the list. */
export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
  /** Milliseconds between questions; undefined = the default of the kind. */
  readonly refreshInterval?: number | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly keepAliveDelay: number;
  readonly resolver?: Resolver | undefined;
}

/** An entry of a node list that says where to ask. */
export interface DiscoveryEntry {
  readonly text: string;
  /** Where it stands, for complaints: `nodes[1]`. */
  readonly option: string;
}

/** A way to find nodes. */
export interface DiscoverySource {
  /** In words, for complaints and docs: `a configuration endpoint`. */
  readonly what: string;
  /** What its entries begin with. One that ends in `://` may also begin a connection string. */
  readonly schemes: readonly string[];
  /** Its entries as users write them, for the docs. */
  readonly forms: readonly string[];
  /** Milliseconds between two questions. */
  readonly interval: number;
  /** No other entry may stand in the list. */
  readonly isAlone: boolean;
  /** How to find the nodes of these entries; `plain` are the nodes listed beside them. Throws InvalidOptionError. */
  find(entries: readonly DiscoveryEntry[], plain: readonly ClusterNode[], options: DiscoveryOptions): FindNodes;
}
