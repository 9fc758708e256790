/** The versions that a server or a proxy reports. */

/** The version of this package, as in its package.json. */
export const ownVersion: string = '0.1.0';

/**
 * The default of `version` and `STAT version` of the server: the memcached version whose requests it understands (`mg`
 * with C). A plain number, because clients compare it as one; memfleet names itself on a line of its own in `stats`.
 */
export const serverVersion: string = '1.6.40';

/** The same of the proxy, whose nodes may be older: what they do not know, they refuse. */
export const proxyVersion: string = '1.6.18';
