/**
 * The import rows of the library (ARCHITECTURE.md), as data, and the verdict on one import.
 *
 *   index.ts                                   11   the public API: sees everything, no room sees it
 *   adapters  otel  metrics  testing           10       |
 *   cache                                       9       |
 *   client  proxy                               8       |  an import only goes down;
 *   fleet                                       7       |  two folders on one row
 *   couchbase                                   6       |  do not see each other
 *   cluster                                     5       |
 *   pool  server                                4       |
 *   connection  session                         3       |
 *   observe  policy  protocol  snapshot  store  2       |
 *   core  hash  net                             1       v
 *   base                                        0
 */
import { posix } from 'node:path';

/** @type {Readonly<Record<string, number>>} what lies directly in packages/memfleet/src, and its row */
const rows = {
  base: 0,
  core: 1,
  hash: 1,
  net: 1,
  observe: 2,
  policy: 2,
  protocol: 2,
  snapshot: 2,
  store: 2,
  connection: 3,
  session: 3,
  pool: 4,
  server: 4,
  cluster: 5,
  couchbase: 6,
  fleet: 7,
  client: 8,
  proxy: 8,
  testing: 10,
  cache: 9,
  adapters: 10,
  otel: 10,
  metrics: 10,
  'index.ts': 11,
};

/**
 * Modules of Node that only some places may import. `types` says from which row on `import type` is free: options name
 * the types of Node everywhere above the wire.
 * @type {ReadonlyArray<{ modules: readonly string[], only: readonly string[], types: number, instead: string }>}
 */
const restrictedModules = [
  {
    modules: ['node:net', 'node:tls', 'node:dgram'],
    only: [
      'net',
      'session/system-port.ts',
      'session/stale-socket.ts',
      'session/udp-listener.ts',
      'testing/relay',
      'testing/nodes/memcached-process.ts',
      'testing/transcripts/player.ts',
    ],
    types: 3,
    instead: 'sockets belong to net/, listeners to session/system-port.ts: take a Network',
  },
  {
    modules: ['node:http', 'node:https', 'node:http2'],
    only: ['couchbase/rest/rest-request.ts', 'testing/cluster/rest-server.ts'],
    types: 6,
    instead: 'HTTP is for the config sources of couchbase/ only',
  },
  {
    modules: ['node:dns', 'node:dns/promises'],
    only: ['cluster/discovery/dns-finder.ts', 'session/udp-listener.ts'],
    types: 5,
    instead: 'names are looked up by the Resolver of cluster/discovery/',
  },
  {
    modules: ['node:timers', 'node:timers/promises'],
    only: ['base/real-time.ts'],
    types: 0,
    instead: 'time comes from the Clock of base/clock.ts',
  },
  {
    modules: ['node:events'],
    only: ['net', 'session', 'client', 'proxy', 'server', 'testing'],
    types: 0,
    instead: 'layers talk through handlers, not events',
  },
];

/** Packages that a folder adapts: optional peer dependencies. */
const adapted = [
  { place: 'adapters', packages: /^(?!memfleet(?:\/|$))/ },
  { place: 'otel', packages: /^@opentelemetry\/api$/ },
];

const librarySource = /(?:^|\/)packages\/memfleet\/src\/(.+)$/;
const otherSource = /(?:^|\/)packages\/(?:cli|demo|memcached-server|simulation|dropin-[a-z]+)\/src\/(.+)$/;

/**
 * Where a file lies in the library, or undefined when it is no source of the library.
 * @param {string} filename absolute, with `/` or `\`
 * @returns {{ path: string, place: string, row: number | undefined } | undefined}
 */
export function locate(filename) {
  const path = librarySource.exec(filename.replaceAll('\\', '/'))?.[1];
  if (path === undefined) return undefined;
  const place = path.split('/', 1)[0] ?? path;
  return { path, place, row: rows[place] };
}

/**
 * What is wrong with one import, or undefined.
 * @param {string} filename the importing file
 * @param {string} specifier as it is written
 * @param {boolean} typeOnly `import type`
 * @returns {string | undefined}
 */
export function judgeImport(filename, specifier, typeOnly) {
  const from = locate(filename);
  if (from !== undefined) {
    return specifier.startsWith('.') ? judgeRelative(from, specifier) : judgePackage(from, specifier, typeOnly);
  }
  const other = otherSource.exec(filename.replaceAll('\\', '/'))?.[1];
  if (other === undefined || !specifier.startsWith('.')) return undefined;
  const target = posix.join(posix.dirname(other), specifier);
  return target.startsWith('..')
    ? 'The command, the demo and the drop-ins use other packages through their public entry points only: import memfleet/…'
    : undefined;
}

/**
 * @param {{ path: string, place: string, row: number | undefined }} from
 * @param {string} specifier
 * @returns {string | undefined}
 */
function judgeRelative(from, specifier) {
  const target = posix.join(posix.dirname(from.path), specifier);
  if (target.startsWith('..')) return `${specifier} is outside of src/`;
  const place = target.split('/', 1)[0] ?? target;
  if (place === from.place) return undefined;
  const row = rows[place];
  if (from.row === undefined || row === undefined) {
    return `${from.row === undefined ? from.place : place} has no row: give it one in scripts/lint/rows.mjs and in ARCHITECTURE.md`;
  }
  if (row > from.row)
    return `${from.place} (row ${from.row}) must not see ${place} (row ${row}): an import only goes to a lower row`;
  if (row === from.row && !place.endsWith('.ts') && !from.place.endsWith('.ts')) {
    return `${from.place} and ${place} are both on row ${row}: folders on one row do not see each other`;
  }
  return undefined;
}

/**
 * @param {{ path: string, place: string, row: number | undefined }} from
 * @param {string} specifier
 * @param {boolean} typeOnly
 * @returns {string | undefined}
 */
function judgePackage(from, specifier, typeOnly) {
  if (!specifier.startsWith('node:')) {
    return adapted.some(({ place, packages }) => from.place === place && packages.test(specifier))
      ? undefined
      : `The library has no dependencies: ${specifier} cannot be imported here`;
  }
  const rule = restrictedModules.find(({ modules }) => modules.includes(specifier));
  if (rule === undefined || rule.only.some((place) => from.path === place || from.path.startsWith(`${place}/`)))
    return undefined;
  if (typeOnly && from.row !== undefined && from.row >= rule.types) return undefined;
  return `${specifier} must not be imported by ${from.place}: ${rule.instead}`;
}
