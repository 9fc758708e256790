/**
 * The data nodes in a bucket's document, in the order of the map's indexes.
 *
 *   nodesExt[]                 modern: server n is entry n; nodes without the data service come behind the data nodes
 *   serverList                 Membase era, flat maps: `host:port` of the data port
 *   nodes[] + ports.direct     memcached-type buckets without either of the above
 *
 * `$HOST`, or no host name, is the host that the document came from. (docs/protocols.md#configuration-documents)
 */
import { checkedHost, type ClusterNode, nodeAt } from '../cluster/node-spec.ts';
import { ConfigError } from '../core/errors.ts';
import { formatAddress, unbracketed } from '../net/transport.ts';
import { arrayIn, isObject, type JsonObject, objectIn, portIn, shown, textIn } from './json-fields.ts';

/** The context from which the addresses are derived. */
export interface NodeContext {
  /** The host that the document came from; an IPv6 address without brackets. */
  readonly host: string;
  /** Whether connections use TLS, and so the nodes' TLS ports. */
  readonly tls: boolean;
  /** `default`, the name of a network in `alternateAddresses`, or `auto`. */
  readonly network: string;
}

/** The nodes, and the network whose addresses they have. */
export interface FoundNodes {
  readonly nodes: readonly ClusterNode[];
  readonly network: string;
}

/** `map`: the object with `serverList`, the document itself or its `vBucketServerMap`. Throws ConfigError. */
export function readNodes(document: JsonObject, map: JsonObject, context: NodeContext): FoundNodes {
  const extended = objectsIn(document, 'nodesExt');
  const servers = arrayIn(map, 'serverList') ?? [];
  const listed = objectsIn(document, 'nodes');
  if (extended.length > 0 && (extended.length >= servers.length || context.tls)) {
    const network = context.network === 'auto' ? guessNetwork(extended, context.host) : context.network;
    const count = servers.length > 0 ? servers.length : listed.length > 0 ? listed.length : undefined;
    return checked(extendedNodes(extended, count, { ...context, network }), network);
  }
  if (servers.length > 0) return checked(serverNodes(servers, listed, context), 'default');
  return checked(
    listed.map((entry) => listedNode(entry, context)),
    'default',
  );
}

function checked(nodes: readonly ClusterNode[], network: string): FoundNodes {
  if (nodes.length === 0) throw new ConfigError('the document names no node with the data service');
  const seen = new Set<string>();
  for (const { name } of nodes) {
    if (seen.has(name)) throw new ConfigError(`the document names the node ${name} twice`);
    seen.add(name);
  }
  return { nodes, network };
}

/** `count`: the number of entries that the map's indexes may address; undefined = the data nodes at the front. */
function extendedNodes(entries: readonly JsonObject[], count: number | undefined, context: NodeContext): ClusterNode[] {
  const nodes: ClusterNode[] = [];
  for (const [index, entry] of entries.slice(0, count).entries()) {
    const { host, ports, fallback } = endpoint(entry, context);
    const portOf = (name: string): number | undefined => portIn(ports, name) ?? portIn(fallback, name);
    // Several nodes of such a network may share a host, and the plain port of all would then be the same.
    const isTlsOnly = !context.tls && portIn(ports, 'kv') === undefined && portIn(ports, 'kvSSL') !== undefined;
    const port = isTlsOnly ? undefined : portOf(context.tls ? 'kvSSL' : 'kv');
    if (port === undefined) {
      if (count === undefined && !isTlsOnly) break;
      const where = ports === fallback ? '' : ` of the network ${JSON.stringify(context.network)}`;
      const missing = context.tls ? 'no data port for TLS (kvSSL)' : 'no data service (kv)';
      const what = isTlsOnly ? 'only a data port for TLS (kvSSL); connect by TLS' : missing;
      throw new ConfigError(`node ${index} (${host})${where} has ${what}`);
    }
    // The name on ketama's ring is the plain data address, even where another one is dialled.
    const label = formatAddress({ host: hostOf(entry, context), port: portIn(fallback, 'kv') ?? port });
    const group = textIn(entry, 'serverGroup');
    nodes.push({ ...nodeAt(host, port, label), ...(group !== undefined && { group }) });
  }
  return nodes;
}

interface Endpoint {
  readonly host: string;
  readonly ports: JsonObject;
  /** The default ports where `ports` is absent. */
  readonly fallback: JsonObject;
}

/** A node without an entry for the network is reached by its default address, as libcouchbase does. */
function endpoint(entry: JsonObject, context: NodeContext): Endpoint {
  const services = objectIn(entry, 'services') ?? {};
  const own = { host: hostOf(entry, context), ports: services, fallback: services };
  if (context.network === 'default') return own;
  const alternate = objectIn(objectIn(entry, 'alternateAddresses') ?? {}, context.network);
  if (alternate === undefined) return own;
  const host = textIn(alternate, 'hostname');
  return {
    host: host === undefined ? own.host : withHost(host, context),
    ports: objectIn(alternate, 'ports') ?? services,
    fallback: services,
  };
}

/**
 * The network that contains the host of the document: first the default names, then the alternate ones (libcouchbase
 * `guess_network`).
 */
function guessNetwork(entries: readonly JsonObject[], host: string): string {
  for (const entry of entries) {
    const name = textIn(entry, 'hostname');
    if (name === undefined || name === host || name.includes('$HOST')) return 'default';
  }
  for (const entry of entries) {
    for (const [network, alternate] of Object.entries(objectIn(entry, 'alternateAddresses') ?? {}))
      if (isObject(alternate) && alternate['hostname'] === host) return network;
  }
  return 'default';
}

function serverNodes(
  servers: readonly unknown[],
  listed: readonly JsonObject[],
  context: NodeContext,
): readonly ClusterNode[] {
  const tlsPorts = context.tls ? tlsPortsOf(listed, context) : undefined;
  return servers.map((server) => {
    if (typeof server !== 'string')
      throw new ConfigError(`"serverList" holds ${shown(server)}, which is not host:port`);
    const { host, port } = splitAddress(server, context);
    const label = formatAddress({ host, port });
    if (tlsPorts === undefined) return nodeAt(host, port, label);
    const tlsPort = tlsPorts.get(label);
    if (tlsPort === undefined) throw new ConfigError(`the node ${label} has no data port for TLS in the document`);
    return nodeAt(host, tlsPort, label);
  });
}

/** Data address → TLS port of that node. */
function tlsPortsOf(listed: readonly JsonObject[], context: NodeContext): ReadonlyMap<string, number> {
  const ports = new Map<string, number>();
  for (const entry of listed) {
    const port = portIn(objectIn(entry, 'ports') ?? {}, 'sslDirect');
    if (port !== undefined) ports.set(listedNode(entry, { ...context, tls: false }).name, port);
  }
  return ports;
}

/** `hostname` has the administration port; the data port is `ports.direct`. */
function listedNode(entry: JsonObject, context: NodeContext): ClusterNode {
  const hostname = textIn(entry, 'hostname');
  if (hostname === undefined) throw new ConfigError(`an entry of "nodes" has no "hostname": ${shown(entry)}`);
  const host = withHost(hostname.replace(/:\d+$/, ''), context);
  const ports = objectIn(entry, 'ports') ?? {};
  const direct = portIn(ports, 'direct');
  const port = context.tls ? portIn(ports, 'sslDirect') : direct;
  if (port === undefined) {
    throw new ConfigError(`the node ${host} has no data port${context.tls ? ' for TLS' : ''} in the document`);
  }
  return nodeAt(host, port, formatAddress({ host, port: direct ?? port }));
}

function hostOf(entry: JsonObject, context: NodeContext): string {
  return withHost(textIn(entry, 'hostname') ?? '$HOST', context);
}

function withHost(text: string, { host }: NodeContext): string {
  return checkedHost(unbracketed(text.replace('$HOST', host)));
}

function splitAddress(text: string, { host }: NodeContext): { host: string; port: number } {
  const match = /^(.+):(\d{1,5})$/.exec(text.replace('$HOST', host.includes(':') ? `[${host}]` : host));
  const [, name = '', digits = ''] = match ?? [];
  const port = Number(digits);
  if (match === null || port < 1 || port > 65535)
    throw new ConfigError(`"serverList" holds ${shown(text)}, which is not host:port`);
  return { host: checkedHost(unbracketed(name)), port };
}

function objectsIn(parent: JsonObject, field: string): readonly JsonObject[] {
  return (arrayIn(parent, field) ?? []).map((entry) => {
    if (!isObject(entry)) throw new ConfigError(`"${field}" holds ${shown(entry)}, which is not an object`);
    return entry;
  });
}
