/** The fleets to look at: that of the command line, and the clusters of a configuration of the proxy. */
import { clientDefaults, type ClientOptions, isDiscovered } from 'memfleet';
import type { LocatorNode } from 'memfleet/locator';
import { type FleetSettings, proxyFleetDefaults } from 'memfleet/proxy';
import { readNodeList } from '../locate/node-list.ts';
import type { LoadedSettings } from '../proxy/settings.ts';
import type { ClientFacts, RingFacts } from './fleet-facts.ts';

/** A fleet to look at. */
export interface Subject {
  /** Its name in the configuration; empty for that of the command line. */
  readonly title: string;
  readonly options: ClientOptions<never>;
  readonly clients: ClientFacts;
}

/** The fleet of the command line, used by so many processes. */
export function fleetSubject(options: ClientOptions<never>, processes: number): Subject {
  const { maxItemSize, couchbase, pool } = options;
  return {
    title: '',
    options,
    clients: {
      ...sharedFacts(options),
      // Of a bucket it is the value alone, and its nodes have one limit that is no setting.
      maxItemSize: couchbase === undefined ? (maxItemSize ?? clientDefaults.maxItemSize) : undefined,
      connections: pool?.max ?? clientDefaults.pool.max,
      processes,
    },
  };
}

/** The clusters of a configuration, used by so many machines with its workers. */
export function clusterSubjects(
  { settings: { proxy, workers } }: LoadedSettings,
  machines: number,
): readonly Subject[] {
  const stated = proxy.listeners.map(({ maxItemSize }) => maxItemSize).filter((size) => size !== undefined);
  return Object.entries(proxy.clusters).map(([title, fleet]) => ({
    title,
    options: fleet as ClientOptions<never>,
    clients: {
      ...sharedFacts(fleet),
      // Without a limit of their own, listeners leave it to the nodes.
      maxItemSize: stated.length < proxy.listeners.length ? undefined : Math.max(...stated),
      connections: fleet.pool?.max ?? proxyFleetDefaults.pool.max,
      processes: machines * workers,
    },
  }));
}

function sharedFacts({
  timeout = clientDefaults.timeout,
  password,
  tls,
}: FleetSettings): Pick<ClientFacts, 'timeout' | 'hasLogin' | 'isTls' | 'isVerified'> {
  const isTls = tls !== undefined && tls !== false;
  return {
    timeout,
    hasLogin: password !== undefined,
    isTls,
    isVerified: !(typeof tls === 'object' && tls.rejectUnauthorized === false),
  };
}

/** How the fleet distributes keys. `names`: its nodes, where a source finds them. */
export function ringOf(options: ClientOptions<never>, names: readonly string[]): RingFacts | undefined {
  const { locator = 'ketama', hashTag, prefix, couchbase } = options;
  if (couchbase !== undefined || typeof locator !== 'string') return undefined;
  return { scheme: locator, nodes: locatorNodes(options, names), settings: { hashTag, prefix } };
}

function locatorNodes({ nodes = '' }: ClientOptions<never>, names: readonly string[]): readonly LocatorNode[] {
  if (typeof nodes === 'function') return namedNodes(names);
  const entries = typeof nodes === 'string' ? nodes.split(/[,;\s]+/).filter((entry) => entry !== '') : nodes;
  if (entries.length === 0 || entries.some((entry) => typeof entry === 'string' && isDiscovered(entry)))
    return namedNodes(names);
  return entries.map((entry): LocatorNode => {
    if (typeof entry === 'string') return onlyNode(entry.replace(/^unix:(?:\/\/)?/, ''));
    const { host, port = 11_211, path, weight = 1, id } = entry;
    const known = onlyNode(
      path ?? `${host?.includes(':') === true && !host.startsWith('[') ? `[${host}]` : host}:${port}`,
    );
    return { ...known, weight, id: id ?? known.id };
  });
}

function namedNodes(names: readonly string[]): readonly LocatorNode[] {
  return names.length === 0 ? [] : readNodeList(names.join(','));
}

function onlyNode(text: string): LocatorNode {
  return readNodeList(text)[0] as LocatorNode;
}
