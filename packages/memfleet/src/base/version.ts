/** The two versions that a server or a proxy reports. */

/** The version of this package, as in its package.json. */
export const ownVersion: string = '0.1.0';

/**
 * The default of `version` and `STAT version`: the memcached version whose behaviour the server has. A plain number,
 * because clients compare it as one; memfleet names itself on a line of its own in `stats`.
 */
export const advertisedVersion: string = '1.6.18';
