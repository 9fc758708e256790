/** What came between two snapshots: rates, and the durations of each node. */
import { type CommandRow, type NodeRow, type Point, type ResultCounts, results, type Snapshot } from './snapshot.ts';

/** Nodes whose durations are kept, so that the history is bounded. */
const maxNodes = 64;

/** The commands that look for a value, so that their misses count against the hit ratio. */
const gets: ReadonlySet<string> = new Set(['get', 'gets', 'gat']);

/** The growth of a counter. One that went back began anew: `stats reset`, a node that restarted. */
export function growth(before: number, now: number): number {
  return now >= before ? now - before : now;
}

/** What came between two snapshots. */
export function pointBetween(before: Snapshot, now: Snapshot): Point {
  const seconds = Math.max((now.at - before.at) / 1000, 0.001);
  const rate = (pick: (snapshot: Snapshot) => number): number => growth(pick(before), pick(now)) / seconds;
  const rows = now.commands.map((row) => rateOf(rowOf(before, row.command), row, seconds));
  const total = (pick: (row: CommandRow) => number): number => rows.reduce((sum, row) => sum + pick(row), 0);
  const gauge = (pick: (node: NodeRow) => number): number => now.nodes.reduce((sum, node) => sum + pick(node), 0);
  return {
    at: now.at,
    seconds,
    commands: Object.fromEntries(rows.map((row) => [row.command, all(row)]).filter(([, value]) => value !== 0)),
    results: Object.fromEntries(results.map((result) => [result, total((row) => row[result])])) as Record<
      keyof ResultCounts,
      number
    >,
    hits: total((row) => (gets.has(row.command) ? row.ok : 0)),
    misses: total((row) => (gets.has(row.command) ? row.miss : 0)),
    frontHits: rate(({ frontCaches }) => frontCaches.reduce((sum, { hits }) => sum + hits, 0)),
    mergedKeys: rate(({ mergedKeys }) => mergedKeys),
    evictions: sumOfNodes(before, now, ({ server }) => server?.evictions ?? 0) / seconds,
    requests: requestsBetween(before, now, seconds),
    latencies: latenciesBetween(before, now),
    sessions:
      now.source === 'proxy'
        ? now.listeners.reduce((sum, { sessions }) => sum + sessions, 0)
        : gauge(({ server }) => server?.connections ?? 0),
    open: gauge(({ pool }) => pool?.open ?? 0),
    inFlight: gauge(({ pool }) => pool?.inFlight ?? 0),
    waiting: gauge(({ pool }) => pool?.waiting ?? 0),
    loopDelay: Math.max(0, ...now.processes.map(({ loopDelay }) => loopDelay)),
    cpu: Object.fromEntries(
      now.processes.map(({ name, pid, cpu }) => {
        const same = before.processes.find((process) => process.pid === pid);
        return [name, same === undefined ? 0 : growth(same.cpu, cpu) / seconds];
      }),
    ),
  };
}

const none: ResultCounts = { ok: 0, miss: 0, not_stored: 0, exists: 0, error: 0 };

function rowOf({ commands }: Snapshot, command: string): ResultCounts {
  return commands.find((row) => row.command === command) ?? none;
}

function rateOf(before: ResultCounts, now: CommandRow, seconds: number): CommandRow {
  const rates = results.map((result) => [result, growth(before[result], now[result]) / seconds] as const);
  return { command: now.command, ...(Object.fromEntries(rates) as Record<keyof ResultCounts, number>) };
}

function all(row: ResultCounts): number {
  return results.reduce((sum, result) => sum + row[result], 0);
}

function sumOfNodes(before: Snapshot, now: Snapshot, pick: (node: NodeRow) => number): number {
  const known = new Map(before.nodes.map((node) => [node.node, node]));
  return now.nodes.reduce((sum, node) => {
    const same = known.get(node.node);
    return same === undefined ? sum : sum + growth(pick(same), pick(node));
  }, 0);
}

/** A node says how many commands it had; behind a proxy, each has a duration. */
function requestsBetween(before: Snapshot, now: Snapshot, seconds: number): Record<string, number> {
  const known = new Map(before.nodes.map((node) => [node.node, requestsOf(node)]));
  const entries = now.nodes.slice(0, maxNodes).map((node) => {
    const count = requestsOf(node);
    return [node.node, growth(known.get(node.node) ?? count, count) / seconds] as const;
  });
  return Object.fromEntries(entries);
}

function requestsOf({ server, latency }: NodeRow): number {
  if (server === undefined) return latency.counts.reduce((sum, count) => sum + count, 0);
  return server.commands.reduce((sum, row) => sum + all(row), 0);
}

function latenciesBetween(before: Snapshot, now: Snapshot): Record<string, readonly number[]> {
  const known = new Map(before.nodes.map(({ node, latency }) => [node, latency.counts]));
  const entries = now.nodes.slice(0, maxNodes).map(({ node, latency }) => {
    const counts = known.get(node) ?? [];
    const cells = latency.counts.flatMap((count, bucket) => {
      const came = growth(counts[bucket] ?? 0, count);
      return came === 0 ? [] : [bucket, came];
    });
    return [node, cells] as const;
  });
  return Object.fromEntries(entries.filter(([, cells]) => cells.length > 0));
}
