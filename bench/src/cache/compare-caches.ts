/**
 * `bench cache`: what a hit of the cache costs beside a get, and the cache beside others: hits, misses, and a stampede
 * of eight processes on a cold key.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Daemon, freePort, startDaemon, startMemcached, startRedis } from '../daemon.ts';
import { describeMachine, formatMachine } from '../machine.ts';
import { MeasuredProcess } from '../measured-process.ts';
import { findProgram, memfleetProgram } from '../programs.ts';
import type { Settings } from '../settings.ts';
import { median } from '../statistics.ts';
import { formatCount, formatMarkdown, formatNumber, formatTable, type Table } from '../table.ts';
import { type CacheEntrant, cacheEntrants, type CachePorts } from './cache-entrants.ts';
import type { CacheMeasurement, CacheTask, OwnCall } from './cache-task.ts';

type Measured = MeasuredProcess<CacheTask, CacheMeasurement>;

const worker = fileURLToPath(new URL('cache-worker.js', import.meta.url));
const patience = 20_000;
/** Of a stampede: processes, callers of each, ms until all begin. */
const herd = { processes: 8, callers: 50, delay: 1500 } as const;

const ownPairs: readonly (readonly [call: OwnCall, base: OwnCall | undefined, wanted: string])[] = [
  ['getOrSet', 'get', '≤ 1.3'],
  ['near', undefined, '≥ 5 million/s'],
  ['validated100k', 'get100k', '≤ 0.05'],
];

/** On stderr, so that stdout holds the result alone. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function start(entrant: string, ports: CachePorts, place: 'test' | 'rest' = 'test'): Promise<Measured> {
  return MeasuredProcess.start(entrant, place, [worker, JSON.stringify({ entrant, ports })], patience);
}

async function startServer(): Promise<Daemon> {
  const port = await freePort();
  return startDaemon('rest', process.execPath, [memfleetProgram, 'server', '--listen', `127.0.0.1:${port}`], port);
}

/** One line: a call beside another in the same process, by the median of the rounds. */
interface OwnLine {
  readonly call: OwnCall;
  readonly node: string;
  readonly perSecond: number;
  readonly cpu: number;
  /** CPU a call, as a multiple of the base. */
  readonly ratio: number;
  readonly wanted: string;
}

async function compareOwn(node: string, port: number, settings: Settings): Promise<OwnLine[]> {
  const measured = await start('own', { memcached: port, redis: 0 });
  const ms = settings.measure;
  const one = (call: OwnCall): Promise<CacheMeasurement> => measured.measure({ kind: 'own', call, ms }, ms);
  const lines: OwnLine[] = [];
  for (const [call, base, wanted] of ownPairs) {
    const rounds: { ratio: number; cpu: number; perSecond: number }[] = [];
    // The first round warms up.
    for (let round = 0; round <= settings.rounds; round++) {
      const below = base === undefined ? undefined : await one(base);
      const above = await one(call);
      if (round === 0) continue;
      const ratio = below === undefined ? Number.NaN : above.cpu / above.calls / (below.cpu / below.calls);
      rounds.push({ ratio, cpu: above.cpu / above.calls, perSecond: above.calls / above.seconds });
    }
    const middle = (of: 'ratio' | 'cpu' | 'perSecond'): number => median(rounds.map((round) => round[of]));
    lines.push({ call, node, perSecond: middle('perSecond'), cpu: middle('cpu'), ratio: middle('ratio'), wanted });
    say(`${call} on ${node}: ratio ${formatNumber(middle('ratio'))}`);
  }
  measured.stop();
  return lines;
}

/** A cache: CPU of a hit and of a miss, and what eight processes do on a cold key. */
interface PeerLine {
  readonly name: string;
  readonly store: string;
  readonly hit: number;
  readonly miss: number;
  readonly loads: number;
  readonly slowest: number;
}

async function measurePeer(
  entrant: CacheEntrant,
  ports: CachePorts,
  { rounds, measure: ms }: Settings,
): Promise<PeerLine> {
  const measured = await start(entrant.name, ports);
  const cpu: Record<'hit' | 'miss', number[]> = { hit: [], miss: [] };
  for (let round = 0; round <= rounds; round++)
    for (const kind of ['hit', 'miss'] as const) {
      const { cpu: all, calls } = await measured.measure({ kind, ms }, ms);
      if (round > 0) cpu[kind].push(all / calls);
    }
  measured.stop();
  say(`${entrant.name}: hit ${formatNumber(median(cpu.hit))}, miss ${formatNumber(median(cpu.miss))} µs`);
  const { loads, slowest } = await stampede(entrant, ports);
  say(`${entrant.name}: ${loads} loads, slowest ${slowest.toFixed(0)} ms`);
  return { name: entrant.name, store: entrant.store, hit: median(cpu.hit), miss: median(cpu.miss), loads, slowest };
}

async function stampede({ name }: CacheEntrant, ports: CachePorts): Promise<{ loads: number; slowest: number }> {
  const places = Array.from({ length: herd.processes }, (_, at) => (at % 2 === 0 ? 'test' : 'rest'));
  const all = await Promise.all(places.map((place) => start(name, ports, place)));
  const at = Date.now() + herd.delay;
  const key = `stampede:${at}`;
  const task: CacheTask = { kind: 'stampede', key, at, callers: herd.callers };
  const results = await Promise.all(all.map((measured) => measured.measure(task, herd.delay)));
  for (const measured of all) measured.stop();
  const loads = results.reduce((sum, result) => sum + result.loads, 0);
  return { loads, slowest: Math.max(...results.map((result) => result.slowest)) };
}

function missing({ store, modules }: CacheEntrant, ports: CachePorts): string[] {
  const packages = modules.filter((name) => {
    try {
      return import.meta.resolve(name) === '';
    } catch {
      return true;
    }
  });
  return [...packages, ...(store === 'redis' && ports.redis === 0 ? ['redis-server'] : [])];
}

function tables(own: readonly OwnLine[], peers: readonly PeerLine[]): Table[] {
  return [
    {
      title:
        'memfleet/cache beside the client, in one process (100k: 100 KB; CPU as a multiple of the get of that size)',
      columns: ['call', 'node', 'calls/s', 'CPU µs', 'CPU ratio', 'wanted'],
      rows: own.map(({ call, node, perSecond, cpu, ratio, wanted }) => [
        call,
        node,
        formatCount(perSecond),
        formatNumber(cpu),
        formatNumber(ratio),
        wanted,
      ]),
    },
    {
      title: `getOrSet of 100 bytes; a stampede of ${herd.processes} processes with ${herd.callers} callers each, the load takes 200 ms`,
      columns: ['cache', 'values in', 'CPU µs, hit', 'CPU µs, miss', 'loads', 'slowest ms'],
      rows: peers.map(({ name, store, hit, miss, loads, slowest }) => [
        name,
        store,
        formatNumber(hit),
        formatNumber(miss),
        String(loads),
        slowest.toFixed(0),
      ]),
    },
  ];
}

/** `bench cache`. */
export async function cacheCommand(settings: Settings): Promise<void> {
  const hasRedis = findProgram('redis-server') !== undefined;
  const [memcached, server, redis] = await Promise.all([
    startMemcached('rest'),
    startServer(),
    hasRedis ? startRedis('rest') : undefined,
  ]);
  const ports: CachePorts = { memcached: memcached.port, redis: redis?.port ?? 0 };
  const own = [
    ...(await compareOwn('memcached', memcached.port, settings)),
    ...(await compareOwn('memfleet server', server.port, settings)),
  ];
  const peers: PeerLine[] = [];
  for (const entrant of cacheEntrants) {
    if (settings.only.length > 0 && !settings.only.some((name) => entrant.name.startsWith(name))) continue;
    const lacks = missing(entrant, ports);
    if (lacks.length > 0) console.log(`${entrant.name}: not installed: ${lacks.join(', ')}; npm run bench -- setup`);
    else peers.push(await measurePeer(entrant, ports, settings));
  }
  for (const daemon of [memcached, server, redis]) daemon?.stop();
  const machine = describeMachine();
  console.log(`${formatMachine(machine)}\n`);
  const format = settings.markdown ? formatMarkdown : formatTable;
  for (const table of tables(own, peers)) console.log(format(table));
  if (settings.json !== undefined)
    writeFileSync(settings.json, `${JSON.stringify({ machine, settings, own, peers }, null, 1)}\n`);
}
