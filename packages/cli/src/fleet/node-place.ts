/** Where a node is, of its name: for connections that are not the client's. */

/** `host:port`, `[v6]:port`, or the path of a Unix socket, as options of `net.connect`. */
export function placeOf(node: string): { readonly path: string } | { readonly host: string; readonly port: number } {
  if (node.startsWith('/')) return { path: node };
  const colon = node.lastIndexOf(':');
  return { host: node.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(node.slice(colon + 1)) };
}

/** The name that TLS asks for; never an IP address (RFC 6066, section 3). */
export function serverNameOf(node: string): { readonly servername?: string } {
  const place = placeOf(node);
  return 'host' in place && !/^[\d.]+$|:/.test(place.host) ? { servername: place.host } : {};
}
