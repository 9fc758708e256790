/** Warnings about fleets that a scheme does not shard as users expect. Nothing here changes the node of a key. */
import type { LocatorNode, LocatorOptions, LocatorProfile } from './locator.ts';
import { configuredName, DEFAULT_PORT, repeatedName, serverName } from './node-name.ts';
import { doubleDigests, floatDigests, totalWeight } from './weighted-ring.ts';

/** A trap that `lintLocator` found. */
export interface LocatorWarning {
  /** The name of the trap, for filters and tests. */
  readonly code: LocatorWarningCode;
  /**
   * `warning`: keys go to unintended nodes, or a setting has no effect. `note`: the original behaves the same.
   */
  readonly level: 'warning' | 'note';
  /** The problem, its cause and the remedy. */
  readonly message: string;
}

/** The names of the traps that `lintLocator` finds. */
export type LocatorWarningCode =
  | 'narrow-hash'
  | 'rounding'
  | 'default-port'
  | 'name-order'
  | 'list-order'
  | 'weights-ignored'
  | 'weights-switch'
  | 'weight-vanishes'
  | 'mixed-names'
  | 'duplicate-name'
  | 'spy-names'
  | 'non-ascii'
  | 'prefix'
  | 'not-sharded';

interface Fleet {
  readonly profile: LocatorProfile;
  readonly nodes: readonly LocatorNode[];
  readonly options: LocatorOptions;
  readonly weighted: boolean;
}

type Check = (fleet: Fleet) => string | undefined;

/** The traps, in the order in which they are reported. A new one is a line here. */
const checks: readonly (readonly [LocatorWarningCode, LocatorWarning['level'], Check])[] = [
  ['narrow-hash', 'warning', narrowHash],
  ['duplicate-name', 'warning', duplicateName],
  ['weights-ignored', 'warning', weightsIgnored],
  ['weights-switch', 'warning', weightsSwitch],
  ['weight-vanishes', 'warning', weightVanishes],
  ['name-order', 'warning', nameOrder],
  ['mixed-names', 'warning', mixedNames],
  ['prefix', 'warning', prefix],
  ['spy-names', 'warning', spyNames],
  ['rounding', 'note', rounding],
  ['default-port', 'note', defaultPort],
  ['list-order', 'note', listOrder],
  ['non-ascii', 'note', nonAscii],
  ['not-sharded', 'note', notSharded],
];

/**
 * Checks a scheme and a fleet for the known traps of client-side sharding.
 *
 * @returns the findings, warnings first; none for a fleet of one node, where every key has one place
 */
export function lintLocator(
  profile: LocatorProfile,
  nodes: readonly LocatorNode[],
  options: LocatorOptions = {},
): LocatorWarning[] {
  if (nodes.length < 2) return [];
  const fleet: Fleet = { profile, nodes, options, weighted: nodes.some((node) => node.weight !== nodes[0]!.weight) };
  return checks.flatMap(([code, level, check]) => {
    const message = check(fleet);
    return message === undefined ? [] : [{ code, level, message }];
  });
}

function narrowHash({ profile, nodes }: Fleet): string | undefined {
  const { narrow } = profile.traits;
  if (narrow === undefined || (narrow === 'weighted' && !nodes.some((node) => node.weight > 1))) return undefined;
  return 'this hash has 15 bits and the ring 32, so every key goes to the node of the lowest point; take another hash (crc32a, md5 …)';
}

function duplicateName({ profile, nodes }: Fleet): string | undefined {
  const twice = repeatedName(profile.traits.names, nodes);
  return twice === undefined ? undefined : `two nodes have the name ${twice} on the ring, so one of them gets no keys`;
}

function weightsIgnored({ profile, weighted }: Fleet): string | undefined {
  if (!weighted || profile.traits.weights !== 'ignored') return undefined;
  return `the weights differ, but ${profile.name} does not count weights`;
}

function weightsSwitch({ profile, nodes }: Fleet): string | undefined {
  if (profile.traits.weights !== 'switch') return undefined;
  const heavy = nodes.find((node) => node.weight > 1);
  if (heavy === undefined) return undefined;
  return `the weight ${heavy.weight} of ${heavy.id} turns on weighted points for all nodes, silently, as libmemcached does: nearly every key moves when the first weight is set`;
}

function weightVanishes({ profile, nodes }: Fleet): string | undefined {
  if (profile.traits.rounding === undefined || profile.traits.weights === 'ignored') return undefined;
  const total = totalWeight(nodes);
  const lost = nodes.find((node) => floatDigests(node.weight, total, nodes.length) === 0);
  return lost === undefined
    ? undefined
    : `the weight of ${lost.id} is too small a share to get a point: it gets no keys`;
}

function nameOrder({ profile, nodes }: Fleet): string | undefined {
  if (profile.traits.order !== 'name') return undefined;
  const names = nodes.map(serverName);
  const shortFirst = names.every((name, i) => i === 0 || before(names[i - 1]!, name));
  if (shortFirst) return undefined;
  return 'twemproxy does not keep the order of the list: it sorts servers by the length of their names, then by bytes; a node with a longer name re-orders others';
}

function before(a: string, b: string): boolean {
  return a.length < b.length || (a.length === b.length && a <= b);
}

function mixedNames({ profile, nodes }: Fleet): string | undefined {
  if (profile.traits.names === undefined) return undefined;
  const ips = nodes.filter((node) => isIp(configuredName(node).host)).length;
  if (ips === 0 || ips === nodes.length) return undefined;
  return 'some nodes are named by IP address and some by name; the ring hashes the configured text, so every client must write each node the same way';
}

function isIp(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || host.includes(':');
}

function prefix({ profile, options }: Fleet): string | undefined {
  const given = options.prefix !== undefined && options.prefix !== '';
  if (!given || profile.traits.prefix !== 'hashed') return undefined;
  return `${profile.name} hashes keys with their prefix; with the locator's prefix option they go elsewhere`;
}

function spyNames({ profile, nodes }: Fleet): string | undefined {
  if (profile.traits.names !== 'spy') return undefined;
  if (profile.name.startsWith('libmemcached'))
    return "libmemcached's SPY mode keeps a slash that spymemcached takes off; for spymemcached's own fleets take spymemcached-ketama";
  const named = nodes.find((node) => !node.id.includes('/') && !isIp(configuredName(node).host));
  if (named === undefined) return undefined;
  return `Java prints a resolved name as name/ip:port, and spymemcached hashes that: give ${named.id} the id ${configuredName(named).host}/<its ip>:${named.port}`;
}

function rounding({ profile, nodes, weighted }: Fleet): string | undefined {
  if (profile.traits.rounding === undefined || weighted) return undefined;
  const n = nodes.length;
  if (floatDigests(1, n, n) === doubleDigests(1, n, n)) return undefined;
  return `with ${n} equal nodes libmemcached and twemproxy (32-bit floats) and npm memcached (doubles) round the shares differently: 2 to 4 % of the keys are elsewhere in the other`;
}

function defaultPort({ profile, nodes }: Fleet): string | undefined {
  if (profile.traits.names !== 'short') return undefined;
  const ports = nodes.map((node) => configuredName(node).port);
  const some = ports.some((port) => port === DEFAULT_PORT) && ports.some((port) => port !== DEFAULT_PORT);
  if (!some) return undefined;
  return 'port 11211 is left out of the names on this ring and other ports are not; libketama, Couchbase, spymemcached and Dalli always write the port';
}

function listOrder({ profile, options }: Fleet): string | undefined {
  if (profile.traits.order !== 'list' || options.sort === true) return undefined;
  return 'the order of the list decides where keys go: every client needs the same order (or the sort option)';
}

function nonAscii({ profile }: Fleet): string | undefined {
  const { keys } = profile.traits;
  if (keys === 'signed')
    return 'keys that are not ASCII go where x86 builds put them (signed char); ARM builds of the original differ';
  if (keys === 'text')
    return 'the original hashes the characters of a key, not its bytes; a key that is not UTF-8 has no place in it';
  return undefined;
}

function notSharded({ profile }: Fleet): string | undefined {
  if (profile.traits.keys !== 'none') return undefined;
  return 'the key does not matter: a call may not find an item that another call wrote, unless all nodes share their data (proxies)';
}
