/**
 * The snapshot of a proxy. Its counts are those of `/metrics`, which add up all processes, also those that ended; the
 * states of nodes, the addresses and the hottest keys are in the statistics of the engine.
 */
import type { NodeStats, ProxyStats } from 'memfleet/proxy';
import { Figures } from '../proxy/metrics/figures.ts';
import { mergeStats } from '../proxy/metrics/merge-stats.ts';
import type { MetricData } from '../proxy/metrics/metrics.ts';
import { formatAddress, type Report } from '../proxy/run/host.ts';
import { shownKey } from './shown-key.ts';
import {
  type CommandRow,
  type FrontCacheRow,
  type LatencyCounts,
  type ListenerRow,
  type NodeRow,
  type ProcessRow,
  results,
  type ResultCounts,
  type Snapshot,
} from './snapshot.ts';

const latency = 'memfleet_node_latency_seconds';

/** What a snapshot is made of. */
export interface ProxyState {
  readonly at: number;
  readonly version: string;
  readonly unready: readonly string[];
  readonly reports: readonly Report[];
  /** The metrics of all processes together. */
  readonly metrics: readonly MetricData[];
  /** Of the process that supervises the workers, where there is one. */
  readonly supervisor?: readonly MetricData[] | undefined;
}

/** The snapshot of a proxy; undefined while no process runs. */
export function proxySnapshot(state: ProxyState): Snapshot | undefined {
  const [first, ...rest] = state.reports.map(({ stats }) => stats);
  if (first === undefined) return undefined;
  const figures = new Figures(state.metrics);
  const stats = mergeStats([first, ...rest]);
  return {
    at: state.at,
    source: 'proxy',
    version: state.version,
    uptime: stats.uptime / 1000,
    unready: state.unready,
    latencyBounds: boundsOf(stats),
    commands: commandsOf(figures),
    multigetKeys: figures.of('memfleet_multiget_keys_total'),
    mergedKeys: figures.of('memfleet_multiget_duplicates_total'),
    nodes: Object.entries(stats.clusters).flatMap(([cluster, { nodes }]) =>
      nodes.map(({ node }) => nodeOf(figures, state.reports, cluster, node)),
    ),
    topology: Object.fromEntries(Object.entries(stats.clusters).map(([name, { revision }]) => [name, revision])),
    listeners: stats.listeners.map(({ name, address, route }) =>
      listenerOf(figures, name, formatAddress(address), route),
    ),
    frontCaches: figures.labels('memfleet_front_cache_items', 'route').map((route) => frontCacheOf(figures, route)),
    processes: processesOf(state),
    workerRestarts: figures.of('memfleet_worker_restarts_total'),
    hotKeys: hotKeysOf(stats),
    config: {
      revision: figures.of('memfleet_config_revision'),
      isRefused: figures.of('memfleet_config_refused') > 0,
    },
  };
}

function boundsOf({ latencies }: ProxyStats): readonly number[] {
  return (Object.values(latencies)[0]?.bounds ?? []).map((bound) => bound / 1000);
}

function commandsOf(figures: Figures): CommandRow[] {
  const name = 'memfleet_commands_total';
  return figures.labels(name, 'command').map((command) => {
    const counts = results.map((result) => [result, figures.of(name, { command, result })] as const);
    return { command, ...(Object.fromEntries(counts) as Record<keyof ResultCounts, number>) };
  });
}

function latencyOf(figures: Figures, node: string): LatencyCounts {
  let below = 0;
  const counts = figures.buckets(latency, { node }).map(([, upTo]) => {
    const own = upTo - below;
    below = upTo;
    return own;
  });
  return { counts, sum: figures.sumOf(latency, { node }) };
}

const out: ReadonlySet<string> = new Set(['ejected', 'probing']);

/** The state of a node over all processes; `mixed`: some use it, some do not. */
function stateOf(states: readonly NodeStats['state'][]): string {
  const outOfUse = states.filter((state) => out.has(state));
  if (outOfUse.length > 0) return outOfUse.length < states.length ? 'mixed' : (outOfUse[0] as string);
  return states.includes('suspect') ? 'suspect' : 'alive';
}

function nodeOf(figures: Figures, reports: readonly Report[], cluster: string, node: string): NodeRow {
  const members = reports.flatMap(
    ({ stats }) => stats.clusters[cluster]?.nodes.find((other) => other.node === node) ?? [],
  );
  const pool = (name: string): number => figures.of(`memfleet_pool_${name}`, { cluster, node });
  return {
    cluster,
    node,
    state: stateOf(members.map((member) => member.state)),
    latency: latencyOf(figures, node),
    vbuckets: members[0]?.vbuckets,
    ejections: figures.of('memfleet_node_ejections_total', { cluster, node }),
    pool: {
      open: pool('open'),
      connecting: pool('connecting'),
      inFlight: pool('in_flight'),
      waiting: pool('waiting'),
      connects: pool('connects_total'),
      connectFailures: pool('connect_failures_total'),
      timeouts: pool('timeouts_total'),
      waits: pool('waits_total'),
      refused: pool('refused_total'),
    },
  };
}

function listenerOf(figures: Figures, listener: string, address: string, route: string): ListenerRow {
  const of = (name: string): number => figures.of(`memfleet_${name}`, { listener });
  return {
    listener,
    address,
    route,
    sessions: of('sessions'),
    maxSessions: of('sessions_max'),
    accepted: of('sessions_accepted_total'),
    rejected: of('sessions_rejected_total'),
    kicked: of('sessions_kicked_total'),
    received: of('session_received_bytes_total'),
    sent: of('session_sent_bytes_total'),
  };
}

function frontCacheOf(figures: Figures, route: string): FrontCacheRow {
  const of = (name: string): number => figures.of(`memfleet_front_cache_${name}`, { route });
  return {
    route,
    items: of('items'),
    bytes: of('bytes'),
    hits: of('hits_total'),
    misses: of('misses_total'),
    expires: of('expires_total'),
    evictions: of('evictions_total'),
  };
}

function processesOf({ reports, supervisor }: ProxyState): ProcessRow[] {
  const rows = reports.map(({ metrics, pid, worker }) =>
    processOf(worker === undefined ? 'proxy' : `worker ${worker}`, pid, metrics),
  );
  return supervisor === undefined ? rows : [processOf('supervisor', process.pid, supervisor), ...rows];
}

/** A process by prom-client's metrics of it. */
export function processOf(name: string, pid: number, metrics: readonly MetricData[]): ProcessRow {
  const figures = new Figures(metrics);
  return {
    name,
    pid,
    cpu: figures.of('process_cpu_seconds_total'),
    memory: figures.of('process_resident_memory_bytes'),
    loopDelay: figures.of('nodejs_eventloop_lag_p99_seconds'),
  };
}

function hotKeysOf({ hotKeys }: ProxyStats): Snapshot['hotKeys'] {
  if (hotKeys === undefined) return undefined;
  const keys = hotKeys.keys.map(({ key, count }) => ({ key: shownKey(key), count }));
  return { seconds: hotKeys.duration / 1000, commands: hotKeys.commands, keys };
}
