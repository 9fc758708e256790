/**
 * `bench workers`: what two workers of a proxy cost beside one process, by who accepts clients; and how evenly clients
 * that stay are spread over workers.
 */
import { writeFileSync } from 'node:fs';
import { startMemcached } from '../daemon.ts';
import { describeMachine, formatMachine } from '../machine.ts';
import type { Settings } from '../settings.ts';
import { type Spread, spread } from '../statistics.ts';
import { formatCount, formatMarkdown, formatNumber, formatTable, type Table } from '../table.ts';
import { type ProxyProcesses, startProxy } from './proxy-processes.ts';
import { TextConnection } from './text-connection.ts';

const kinds = {
  'one process': [],
  supervisor: ['--workers', '2', '--accept', 'supervisor'],
  workers: ['--workers', '2', '--accept', 'workers'],
} as const;
type Kind = keyof typeof kinds;

/** CPU of the proxy in microseconds for one of them, and how many in a second. */
interface Cost {
  readonly cpu: number;
  readonly rate: number;
}

/** Clients of a proxy: `run` gives the number of what they did. */
interface Load {
  run(until: number): Promise<number>;
  close(): void;
}

type Begin = (proxy: ProxyProcesses) => Promise<Load>;

/** Clients that connect, get once and close, 16 at a time. */
const comeAndGo: Begin = ({ port }) => {
  const run = async (until: number): Promise<number> => {
    let count = 0;
    const one = async (): Promise<void> => {
      while (performance.now() < until) {
        const connection = await TextConnection.open(port);
        await connection.get();
        connection.close();
        count++;
      }
    };
    await Promise.all(Array.from({ length: 16 }, one));
    return count;
  };
  return Promise.resolve({ run, close: () => {} });
};

/** Fifty connections with one get at a time, which stay open. */
const stay: Begin = async ({ port }) => {
  const connections = await Promise.all(Array.from({ length: 50 }, () => TextConnection.open(port)));
  const run = async (until: number): Promise<number> => {
    let count = 0;
    const one = async (connection: TextConnection): Promise<void> => {
      while (performance.now() < until) {
        await connection.get();
        count++;
      }
    };
    await Promise.all(connections.map(one));
    return count;
  };
  return { run, close: () => connections.forEach((connection) => connection.close()) };
};

const works: Readonly<Record<string, { readonly begin: Begin; readonly wanted: number }>> = {
  'a client that comes and goes': { begin: comeAndGo, wanted: 1.2 },
  'a get, 50 connections': { begin: stay, wanted: 1.3 },
};

async function measure(proxy: ProxyProcesses, load: Load, ms: number): Promise<Cost> {
  const [cpu, begun] = [proxy.cpuTime(), performance.now()];
  const count = await load.run(begun + ms);
  return { cpu: (proxy.cpuTime() - cpu) / count, rate: (count / (performance.now() - begun)) * 1000 };
}

/** How a hundred clients that stay are spread, of which the next comes when the one before has its reply. */
async function spreadOf(proxy: ProxyProcesses): Promise<readonly number[]> {
  const before = proxy.sockets();
  const connections: TextConnection[] = [];
  for (let count = 0; count < 100; count++) {
    const connection = await TextConnection.open(proxy.port);
    await connection.get();
    connections.push(connection);
  }
  const after = proxy.sockets();
  for (const connection of connections) connection.close();
  return after.map((count, worker) => count - (before[worker] ?? 0));
}

interface Row {
  readonly name: string;
  readonly kind: Kind;
  readonly wanted: number;
  readonly ratio: Spread;
  readonly cpu: Spread;
  readonly rate: Spread;
}

async function measureRows(proxies: Readonly<Record<Kind, ProxyProcesses>>, settings: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  const names = Object.keys(kinds) as Kind[];
  for (const [name, { begin, wanted }] of Object.entries(works)) {
    const loads = new Map<Kind, Load>();
    for (const kind of names) loads.set(kind, await begin(proxies[kind]));
    const costs = new Map<Kind, Cost[]>(names.map((kind) => [kind, []]));
    for (let round = 0; round <= settings.rounds; round++)
      for (let at = 0; at < names.length; at++) {
        const kind = names[(at + round) % names.length] as Kind;
        // The first round warms up: each worker sees only a part of the clients.
        const ms = round === 0 ? 4 * settings.measure : settings.measure;
        const cost = await measure(proxies[kind], loads.get(kind) as Load, ms);
        if (round > 0) costs.get(kind)?.push(cost);
      }
    for (const load of loads.values()) load.close();
    const alone = costs.get('one process') ?? [];
    for (const [kind, own] of costs) {
      const ratio = spread(own.map(({ cpu }, round) => cpu / (alone[round]?.cpu ?? Number.NaN)));
      const [cpu, rate] = [spread(own.map((one) => one.cpu)), spread(own.map((one) => one.rate))];
      rows.push({ name, kind, wanted, ratio, cpu, rate });
    }
  }
  return rows;
}

function tableOf(rows: readonly Row[]): Table {
  return {
    title: 'CPU of all processes of a proxy with two workers, as a multiple of one process, by who accepts',
    columns: ['what', 'accepts', 'CPU ratio', 'wanted', 'µs', 'a second'],
    rows: rows.map(({ name, kind, wanted, ratio, cpu, rate }) => [
      name,
      kind,
      `${formatNumber(ratio.median)} (${formatNumber(ratio.min)}–${formatNumber(ratio.max)})`,
      kind === 'one process' ? '' : `≤ ${wanted}`,
      formatNumber(cpu.median),
      formatCount(rate.median),
    ]),
  };
}

/** `bench workers`. */
export async function workersCommand(settings: Settings): Promise<void> {
  const node = await startMemcached(undefined);
  const start = (kind: Kind): Promise<ProxyProcesses> => startProxy(node, kinds[kind]);
  const proxies = {
    'one process': await start('one process'),
    supervisor: await start('supervisor'),
    workers: await start('workers'),
  };
  const four = await startProxy(node, ['--workers', '4', '--accept', 'workers']);
  const rows = await measureRows(proxies, settings);
  const places: Record<string, readonly number[]> = {
    'two, supervisor': await spreadOf(proxies.supervisor),
    'two, workers': await spreadOf(proxies.workers),
    'four, workers': await spreadOf(four),
  };
  for (const proxy of [...Object.values(proxies), four]) proxy.stop();
  node.stop();
  const machine = describeMachine();
  console.log(
    `${formatMachine(machine)}\n${settings.rounds} rounds of ${settings.measure} ms; nothing is pinned here\n`,
  );
  console.log((settings.markdown ? formatMarkdown : formatTable)(tableOf(rows)));
  for (const [name, counts] of Object.entries(places))
    console.log(`100 clients that stay, ${name}: ${counts.join('/')}`);
  if (settings.json !== undefined)
    writeFileSync(settings.json, `${JSON.stringify({ machine, settings, rows, places }, null, 1)}\n`);
}
