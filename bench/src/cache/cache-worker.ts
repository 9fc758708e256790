/** A measured process of the cache comparison. */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'memfleet';
import { createCache } from 'memfleet/cache';
import { serveMeasurements } from '../serve-measurements.ts';
import { cacheEntrantNamed, type OpenCache } from './cache-entrants.ts';
import type { CacheAssignment, CacheMeasurement, CacheTask, OwnCall } from './cache-task.ts';

const { entrant, ports } = JSON.parse(process.argv[2] ?? '{}') as CacheAssignment;
const keys = Array.from({ length: 1000 }, (_, at) => `bench:${entrant.replace(/\W/g, '')}:${at}`);
const value = 'x'.repeat(100);
/** About 100 KB of JSON. */
const large = Array.from({ length: 1000 }, (_, id) => ({ id, name: `product ${id}`, about: 'x'.repeat(60) }));
const inFlight = 256;
const never = (): string => 'never';
const callersOfPeers = 64;
/** Calls of a caller after which the event loop may turn. */
const turn = 32;
const loadTime = 200;

type Act = (at: number) => PromiseLike<unknown>;

/** Calls again and again by many callers. */
async function repeat(act: Act, ms: number, callers = inFlight): Promise<CacheMeasurement> {
  let calls = 0;
  const startedAt = performance.now();
  const end = startedAt + ms;
  const before = process.cpuUsage();
  const caller = async (first: number): Promise<void> => {
    for (let at = first; performance.now() < end; await setImmediate())
      for (let left = turn; left > 0; left--, calls++) await act((at = (at + 7) % keys.length));
  };
  await Promise.all(Array.from({ length: callers }, (_, at) => caller(at)));
  const { user, system } = process.cpuUsage(before);
  return { calls, seconds: (performance.now() - startedAt) / 1000, cpu: user + system, loads: 0, slowest: 0 };
}

/** The calls of memfleet, side by side in one process. */
async function openOwn(): Promise<(call: OwnCall, ms: number) => Promise<CacheMeasurement>> {
  const client = createClient({ nodes: `127.0.0.1:${ports.memcached}` });
  const far = createCache({ client });
  const near = createCache({ client, near: { ttl: 3_600_000 } });
  // So many large keys that a value is older than 1 ms when it is asked for again: each call asks the node.
  const validated = createCache({ client, near: { ttl: 1 } });
  const wires = keys.map((key) => `:1:${key}`);
  await Promise.all(keys.map((key) => far.set(key, value, 3600)));
  const bigs = Array.from({ length: 256 }, (_, at) => `large:${at}`);
  await Promise.all(bigs.map((key) => far.set(key, large, 3600)));
  await Promise.all(keys.map((key) => near.getOrSet(key, never)));
  const big = (at: number): string => bigs[at % bigs.length] as string;
  const acts: Record<OwnCall, readonly [act: Act, callers: number]> = {
    get: [(at) => client.get(wires[at] as string), inFlight],
    getOrSet: [(at) => far.getOrSet(keys[at] as string, never), inFlight],
    near: [(at) => near.getOrSet(keys[at] as string, never), inFlight],
    get100k: [(at) => client.get(`:1:${big(at)}`), 16],
    validated100k: [(at) => validated.getOrSet(big(at), () => large), 16],
  };
  return (call, ms) => repeat(acts[call][0], ms, acts[call][1]);
}

function openPeer(cache: OpenCache): (task: CacheTask) => Promise<CacheMeasurement> {
  let missed = 0;
  const run = `${process.pid}-${Date.now()}`;
  return async (task) => {
    if (task.kind === 'stampede') return stampede(cache, task);
    if (task.kind === 'miss')
      return repeat(() => cache.getOrSet(`miss:${run}:${missed++}`, async () => value), task.ms, callersOfPeers);
    for (const key of keys) await cache.getOrSet(key, async () => value);
    return repeat((at) => cache.getOrSet(keys[at] as string, async () => 'never'), task.ms, callersOfPeers);
  };
}

async function stampede(
  cache: OpenCache,
  { key, at, callers }: Extract<CacheTask, { kind: 'stampede' }>,
): Promise<CacheMeasurement> {
  let loads = 0;
  let slowest = 0;
  // Whoever dials first in the herd measures its connection.
  await cache.getOrSet(`warm:${process.pid}`, async () => value);
  await sleep(Math.max(0, at - Date.now()));
  const startedAt = performance.now();
  const call = async (): Promise<void> => {
    await cache.getOrSet(key, async () => {
      loads++;
      await sleep(loadTime);
      return value;
    });
    slowest = Math.max(slowest, performance.now() - startedAt);
  };
  await Promise.all(Array.from({ length: callers }, call));
  return { calls: callers, seconds: (performance.now() - startedAt) / 1000, cpu: 0, loads, slowest };
}

const own = entrant === 'own' ? await openOwn() : undefined;
const peer = own === undefined ? openPeer(await cacheEntrantNamed(entrant).open(ports)) : undefined;

serveMeasurements<CacheTask, CacheMeasurement>(async (task) => {
  if (task.kind === 'own') return (own as NonNullable<typeof own>)(task.call, task.ms);
  return (peer as NonNullable<typeof peer>)(task);
});
