import type { LocatorNode } from './locator.ts';

/** The port that libmemcached, twemproxy and others leave out of the names on their rings. */
export const DEFAULT_PORT = 11211;

/** `host:port`, always with the port. */
export function hostPort(node: LocatorNode): string {
  return `${node.host}:${node.port}`;
}

/** `host` on port 11211, `host:port` on any other. */
export function hostUnlessDefaultPort(node: LocatorNode): string {
  return node.port === DEFAULT_PORT ? node.host : hostPort(node);
}
