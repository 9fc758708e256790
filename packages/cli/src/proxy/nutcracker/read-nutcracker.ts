/**
 * Reads the configuration of twemproxy (nutcracker 0.5): every pool becomes a listener and a cluster of its name.
 *
 *   listen                   host and port, or path and mode         timeout              timeout and connectTimeout
 *   hash, distribution       locator twemproxy-…                     server_connections   pool.max
 *   hash_tag                 hashTag                                 client_connections   maxSessions
 *   servers                  nodes with weight; a name is their id   preconnect           pool.warmUp
 *   auto_eject_hosts         failure: redistribute, with             redis: true          the pool is left out, or
 *     server_retry_timeout     ejectTime, not growing                                     refused
 *     server_failure_limit     ejectAfter                            backlog, tcpkeepalive have no effect
 */
import { dirname, resolve } from 'node:path';
import { type FleetSettings, kinds, type ListenerSpec, type OptionTable, proxyFleetOptions } from 'memfleet/proxy';
import { checkOptions } from '../config/check-options.ts';
import { ReadContext } from '../config/context.ts';
import { type ConfigDocument, parseDocument } from '../config/document.ts';
import { fileKind, isTable } from '../config/file-kinds.ts';
import { OptionReader } from '../config/option-reader.ts';
import { ConfigError } from '../config/problem.ts';
import { readText } from '../config/read-text.ts';
import { programDefaults } from '../program-options.ts';
import type { LoadedSettings } from '../settings.ts';

const hashes = [
  'one_at_a_time',
  'md5',
  'crc16',
  'crc32',
  'crc32a',
  'fnv1_64',
  'fnv1a_64',
  'fnv1_32',
  'fnv1a_32',
  'hsieh',
  'murmur',
  'jenkins',
] as const;

type Address = Pick<ListenerSpec, 'host' | 'port' | 'path' | 'mode'>;

const listen = fileKind<Address>('name:port, or the path of a Unix socket and its permissions', (value) => {
  if (typeof value !== 'string') return undefined;
  const [, path, mode] = /^(\/\S+)(?:\s+([0-7]{3,4}))?$/.exec(value) ?? [];
  if (path !== undefined) return mode === undefined ? { path } : { path, mode: Number.parseInt(mode, 8) };
  const [, host, port] = /^(\S+):(\d{1,5})$/.exec(value) ?? [];
  return host !== undefined && Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
});

interface Server {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly weight: number;
  readonly id?: string;
}

const server = fileKind<Server>('host:port:weight or /path:weight, and perhaps a name', (value) => {
  if (typeof value !== 'string') return undefined;
  const [, where = '', weight, id] = /^(\S+):(\d+)(?:\s+(\S+))?$/.exec(value) ?? [];
  if (Number(weight) < 1) return undefined;
  const rest = { weight: Number(weight), ...(id === undefined ? {} : { id }) };
  if (where.startsWith('/')) return { path: where, ...rest };
  const [, host, port] = /^(\S+):(\d{1,5})$/.exec(where) ?? [];
  return host !== undefined && Number(port) >= 1 && Number(port) <= 65_535
    ? { host, port: Number(port), ...rest }
    : undefined;
});

const noRedis = 'is for Redis; memfleet speaks memcached';

/** A pool of the file, in twemproxy's names. */
interface Pool {
  readonly listen: Address;
  readonly servers: readonly Server[];
  readonly hash?: (typeof hashes)[number];
  readonly hash_tag?: string;
  readonly distribution?: 'ketama' | 'modula' | 'random';
  readonly timeout?: number;
  readonly backlog?: number;
  readonly tcpkeepalive?: boolean;
  readonly preconnect?: boolean;
  readonly auto_eject_hosts?: boolean;
  readonly server_connections?: number;
  readonly client_connections?: number;
  readonly server_retry_timeout?: number;
  readonly server_failure_limit?: number;
  readonly redis?: boolean;
  readonly redis_auth?: string;
  readonly redis_db?: number;
}

const { flag, listOf, oneOf, text, whole } = kinds;

const pool: OptionTable<Pool> = {
  listen: { kind: listen, isRequired: true, about: 'where clients are accepted' },
  servers: { kind: listOf(server, 'a list', 1), isRequired: true, about: 'the nodes' },
  hash: { kind: oneOf(...hashes), about: 'the hash of the keys' },
  hash_tag: { kind: text, about: 'the part of a key that is hashed' },
  distribution: { kind: oneOf('ketama', 'modula', 'random'), about: 'how a key finds its node' },
  timeout: { kind: whole(1, 0x7fffffff), about: 'milliseconds for a request' },
  backlog: { kind: whole(0), about: 'no effect' },
  tcpkeepalive: { kind: flag, about: 'no effect' },
  preconnect: { kind: flag, about: 'connects at once' },
  auto_eject_hosts: { kind: flag, about: 'ejects nodes that fail' },
  server_connections: { kind: whole(1), about: 'connections to a node' },
  client_connections: { kind: whole(0), about: 'clients' },
  server_retry_timeout: { kind: whole(1), about: 'how long a node is ejected' },
  server_failure_limit: { kind: whole(1), about: 'failures that eject a node' },
  redis: { kind: flag, about: 'the pool is for Redis' },
  redis_auth: { kind: text, about: 'for Redis' },
  redis_db: { kind: whole(0), about: 'for Redis' },
};

/** What twemproxy has where a pool says nothing. */
const defaults = {
  hash: 'fnv1a_64',
  distribution: 'ketama',
  server_retry_timeout: 30_000,
  server_failure_limit: 2,
} as const;

/**
 * Reads a file. `refuseRedis`: a pool of Redis is an error; otherwise it is left out, with a note. Throws ConfigError.
 */
export function loadNutcracker(file: string, refuseRedis = false): LoadedSettings {
  const context = new ReadContext(dirname(resolve(file)));
  const all = parseDocument(readText(context, resolve(file), file), file);
  const leftOut = refuseRedis ? [] : redisPools(all.value);
  const document = { ...all, value: without(all.value, leftOut) };
  const pools = readPools(new OptionReader(document, context), document.value);
  if (pools.length === 0)
    throw new ConfigError([
      document.problem([], leftOut.length === 0 ? 'has no pool' : 'has no pool of memcached, only of Redis'),
    ]);
  const listeners = pools.map(([name, settings]) => listenerOf(name, settings));
  const clusters = Object.fromEntries(pools.map(([name, settings]) => [name, clusterOf(settings)]));
  const proxy = { listeners, clusters };
  const names = pools.map(([name]) => name);
  checkOptions(proxy, placesIn(document, names));
  return {
    settings: { ...programDefaults, proxy },
    origin: file,
    notes: [
      ...leftOut.map((name) => `pool ${name}: left out, as it is for Redis; memfleet speaks memcached`),
      ...pools.flatMap(([name, settings]) => notesOn(settings).map((note) => `pool ${name}: ${note}`)),
    ],
    files: context.files,
  };
}

/** The pools by their names. Throws ConfigError. */
function readPools(reader: OptionReader, value: unknown): [name: string, settings: Pool][] {
  const pools = Object.entries(reader.named(kinds.table<Pool>(pool), value, []) ?? {});
  for (const [name, settings] of pools)
    for (const key of ['redis', 'redis_auth', 'redis_db'] as const)
      if (settings[key] !== undefined && settings[key] !== false) reader.report([name, key], noRedis);
  reader.finish();
  return pools;
}

/** The names of the pools of Redis in a document that was not checked yet. */
function redisPools(document: unknown): string[] {
  if (!isTable(document)) return [];
  return Object.entries(document).flatMap(([name, entry]) => (isTable(entry) && entry['redis'] === true ? [name] : []));
}

function without(document: unknown, names: readonly string[]): unknown {
  if (names.length === 0 || !isTable(document)) return document;
  return Object.fromEntries(Object.entries(document).filter(([name]) => !names.includes(name)));
}

function listenerOf(name: string, { listen: address, client_connections: most = 0 }: Pool): ListenerSpec {
  return { name, ...address, route: name, ...(most === 0 ? {} : { maxSessions: most }) };
}

function clusterOf(settings: Pool): FleetSettings {
  const { servers, hash = defaults.hash, distribution = defaults.distribution, hash_tag: hashTag, timeout } = settings;
  const size = settings.server_connections === undefined ? {} : { max: settings.server_connections };
  const warmUp = settings.preconnect === true ? { warmUp: true } : {};
  return {
    nodes: servers,
    locator: distribution === 'random' ? 'twemproxy-random' : `twemproxy-${distribution}-${hash}`,
    ...(hashTag === undefined ? {} : { hashTag }),
    ...(timeout === undefined ? {} : { timeout, connectTimeout: timeout }),
    ...(settings.auto_eject_hosts === true ? ejection(settings) : {}),
    ...(Object.keys({ ...size, ...warmUp }).length === 0 ? {} : { pool: { ...size, ...warmUp } }),
  };
}

/** twemproxy ejects for the same time again and again, and does not mind how many. */
function ejection(settings: Pool): FleetSettings {
  return {
    failure: 'redistribute',
    ejectAfter: settings.server_failure_limit ?? defaults.server_failure_limit,
    ejectTime: settings.server_retry_timeout ?? defaults.server_retry_timeout,
    ejectGrowth: 1,
    ejectShare: 1,
  };
}

function notesOn({ timeout, backlog, tcpkeepalive }: Pool): string[] {
  const notes: string[] = [];
  if (timeout === undefined)
    notes.push(
      `no timeout is given: ${proxyFleetOptions.timeout.default} ms are taken, where twemproxy would wait for ever`,
    );
  if (backlog !== undefined) notes.push('backlog has no effect: the system has a bound of its own');
  if (tcpkeepalive === false) notes.push('tcpkeepalive has no effect: connections to nodes are always kept alive');
  return notes;
}

/** Problems with parts of our configuration stand where twemproxy's have their cause. */
function placesIn(document: ConfigDocument, names: readonly string[]): ConfigDocument['problem'] {
  const keys: Readonly<Record<string, string>> = {
    locator: 'hash',
    hashTag: 'hash_tag',
    nodes: 'servers',
    route: 'listen',
  };
  return (path, message) => {
    const [part, name, ...rest] = path;
    const pool = part === 'listeners' ? names[name as number] : name;
    const inner = rest.length === 0 && part === 'listeners' ? ['listen'] : rest.map((key) => keys[key] ?? key);
    return document.problem(pool === undefined ? [] : [pool, ...inner], message);
  };
}
