import { dirname, resolve } from 'node:path';
import { clientDefaults } from 'memfleet';
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
import type { FleetSettings, ListenerSpec } from 'memfleet/proxy';
import type { z } from 'zod';
import { checkOptions } from '../config/check-options.ts';
import { ReadContext } from '../config/context.ts';
import { type ConfigDocument, parseDocument } from '../config/document.ts';
import { readText } from '../config/load-file.ts';
import { ConfigError } from '../config/problem.ts';
import { listOf, named, table } from '../config/tables.ts';
import { validate } from '../config/validate.ts';
import { flag, isTable, kind, oneOf, text, whole } from '../config/values.ts';
import { type LoadedSettings, settingsDefaults } from '../settings.ts';

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

const listen: z.ZodType<Address> = kind('name:port, or the path of a Unix socket and its permissions', (value) => {
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

const server: z.ZodType<Server> = kind('host:port:weight or /path:weight, and perhaps a name', (value) => {
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

const pool = table({
  listen,
  servers: listOf(server, 1),
  hash: oneOf(...hashes).optional(),
  hash_tag: text.optional(),
  distribution: oneOf('ketama', 'modula', 'random').optional(),
  timeout: whole(1, 0x7fffffff).optional(),
  backlog: whole(0).optional(),
  tcpkeepalive: flag.optional(),
  preconnect: flag.optional(),
  auto_eject_hosts: flag.optional(),
  server_connections: whole(1).optional(),
  client_connections: whole(0).optional(),
  server_retry_timeout: whole(1).optional(),
  server_failure_limit: whole(1).optional(),
  redis: flag.refine((isRedis) => !isRedis, { error: noRedis }).optional(),
  redis_auth: text.refine(() => false, { error: noRedis }).optional(),
  redis_db: whole(0)
    .refine(() => false, { error: noRedis })
    .optional(),
});

type Pool = z.infer<typeof pool>;

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
  const pools = Object.entries(validate(document, named(pool)));
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
    settings: { ...settingsDefaults, proxy },
    origin: file,
    notes: [
      ...leftOut.map((name) => `pool ${name}: left out, as it is for Redis; memfleet speaks memcached`),
      ...pools.flatMap(([name, settings]) => notesOn(settings).map((note) => `pool ${name}: ${note}`)),
    ],
    files: context.files,
  };
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
    notes.push(`no timeout is given: ${clientDefaults.timeout} ms are taken, where twemproxy would wait for ever`);
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
