/*
 * The names that rings hash. They come from a node's id, the configured name, never from its current address: discovery
 * may return IP addresses, and a node may move, without a key moving. An id is
 *
 *   host | host:port | [v6]:port     an address: each scheme writes it its own way (without port 11211, with a slash …)
 *   /path                            a Unix socket
 *   anything else                    a label: every scheme takes it as it is, as twemproxy does with its explicit names
 */
import type { LocatorNode, ProfileTraits } from './locator.ts';

/** The port that libmemcached, twemproxy and others leave out of the names on their rings. */
export const DEFAULT_PORT = 11211;

/** A node's configured name, taken apart. A socket has port 0, a label none. */
export interface ConfiguredName {
  readonly host: string;
  readonly port: number | undefined;
}

/** Parses the id of a node. */
export function configuredName(node: LocatorNode): ConfiguredName {
  if (node.id.startsWith('/')) return { host: node.id, port: 0 };
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(node.id);
  if (match !== null) return { host: match[1] ?? match[2]!, port: Number(match[3]) };
  return { host: node.id, port: node.id === node.host ? node.port : undefined };
}

/** `host:port`, always with the port; a Unix socket is `path:0`, as in libmemcached. */
export function hostPort(node: LocatorNode): string {
  const { host, port } = configuredName(node);
  return port === undefined ? host : `${host}:${port}`;
}

/** The same, with an IPv6 address in brackets. */
export function authority(node: LocatorNode): string {
  const { host, port } = configuredName(node);
  return port !== undefined && host.includes(':') ? `[${host}]:${port}` : hostPort(node);
}

/** `host` on port 11211, `host:port` on any other. */
export function hostUnlessDefaultPort(node: LocatorNode): string {
  const { host, port } = configuredName(node);
  return port === undefined || port === DEFAULT_PORT ? host : `${host}:${port}`;
}

/** `host:port`; a Unix socket is its path alone. */
export function socketName(node: LocatorNode): string {
  return node.id.startsWith('/') ? node.id : hostPort(node);
}

/** twemproxy's name of a server: `host` on port 11211, else `host:port`; a Unix socket is its path alone. */
export function serverName(node: LocatorNode): string {
  return node.id.startsWith('/') ? node.id : hostUnlessDefaultPort(node);
}

/**
 * The name that two nodes have on a ring that writes names in this way; undefined when there is none, or the scheme
 * hashes no names.
 */
export function repeatedName(names: ProfileTraits['names'], nodes: readonly LocatorNode[]): string | undefined {
  if (names === undefined) return undefined;
  const seen = new Set<string>();
  return nodes.map(names === 'short' ? hostUnlessDefaultPort : hostPort).find((name) => {
    const isKnown = seen.has(name);
    seen.add(name);
    return isKnown;
  });
}
