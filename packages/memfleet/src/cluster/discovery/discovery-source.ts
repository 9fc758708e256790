/**
 * A way to find nodes: `dns+…`, `elasticache://…`. Each describes itself in a file of its own and has a line in
 * registry.ts; all other code finds it through the registry.
 */
import type { Clock } from '../../base/clock.ts';
import type { TlsOptions } from '../../net/dial.ts';
import type { Network } from '../../net/network.ts';
import type { ClusterNode } from '../node-spec.ts';
import type { FindNodes } from './polling-source.ts';

/** The functions of a resolver that are needed. */
export interface Resolver {
  /** The addresses of a host. */
  addresses(host: string): Promise<readonly string[]>;
  /** The targets of an SRV name. */
  services(name: string): Promise<readonly { readonly name: string; readonly port: number }[]>;
}

/** The options of sources beside the list. */
export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
  /** Milliseconds between requests; undefined = the default of the kind. */
  readonly refreshInterval?: number | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly keepAliveDelay: number;
  readonly resolver?: Resolver | undefined;
  /** @default the sockets of this process */
  readonly network?: Network | undefined;
}

/** An entry of a node list that names a source. */
export interface DiscoveryEntry {
  readonly text: string;
  /** The path of the entry, for error messages: `nodes[1]`. */
  readonly option: string;
}

/** A way to find nodes. */
export interface DiscoverySource {
  /** The description for error messages and docs: `a configuration endpoint`. */
  readonly what: string;
  /** The prefixes of its entries. One that ends in `://` may also begin a connection string. */
  readonly schemes: readonly string[];
  /** Its entries as users write them, for the docs. */
  readonly forms: readonly string[];
  /** Milliseconds between two requests. */
  readonly interval: number;
  /** Whether the entry must be the only one of its list. */
  readonly isAlone: boolean;
  /**
   * Makes the function that finds the nodes of these entries; `plain` are the nodes listed beside them. Throws
   * InvalidOptionError.
   */
  find(entries: readonly DiscoveryEntry[], plain: readonly ClusterNode[], options: DiscoveryOptions): FindNodes;
}
