/**
 * The statistics of several worker processes as those of one proxy: counts and gauges add up, revisions and peaks are
 * the highest, a node is as bad as for the worst.
 */
import type { ClusterStats, Histogram, HotKeyStats, NodeStats, ProxyStats } from 'memfleet/proxy';

/** Merges the statistics of several worker processes, at least one. */
export function mergeStats(all: readonly [ProxyStats, ...ProxyStats[]]): ProxyStats {
  return all.reduce((one, other) => ({
    ...(add(one, other) as ProxyStats),
    uptime: Math.max(one.uptime, other.uptime),
    revision: Math.max(one.revision, other.revision),
    reloads: Math.max(one.reloads, other.reloads),
    reloadsRefused: Math.max(one.reloadsRefused, other.reloadsRefused),
    listeners: one.listeners.map((listener) => {
      const same = other.listeners.find(({ name }) => name === listener.name);
      return same === undefined ? listener : { ...(add(listener, same) as typeof listener), address: listener.address };
    }),
    clusters: unite(one.clusters, other.clusters, mergeClusters),
    frontCaches: unite(one.frontCaches, other.frontCaches, (a, b) => ({
      ...(add(a, b) as typeof a),
      lifespan: a.lifespan,
    })),
    latencies: unite(one.latencies, other.latencies, mergeHistograms),
    hotKeys: mergeHotKeys(one.hotKeys, other.hotKeys),
  }));
}

/** Numbers of equal keys added, within tables too; of everything else the first. */
function add(one: unknown, other: unknown): unknown {
  if (typeof one === 'number' && typeof other === 'number') return one + other;
  if (!isTable(one) || !isTable(other)) return one ?? other;
  return unite(one, other, add);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unite<T>(
  one: Readonly<Record<string, T>>,
  other: Readonly<Record<string, T>>,
  merge: (a: T, b: T) => T,
): Record<string, T> {
  const result: Record<string, T> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const before = result[key];
    result[key] = before === undefined ? value : merge(before, value);
  }
  return result;
}

function mergeClusters(one: ClusterStats, other: ClusterStats): ClusterStats {
  const names = new Set([...one.nodes, ...other.nodes].map(({ node }) => node));
  return {
    revision: Math.max(one.revision, other.revision),
    nodes: [...names].map((name) => mergeNodes(nodeIn(one, name), nodeIn(other, name))),
  };
}

function nodeIn({ nodes }: ClusterStats, name: string): NodeStats | undefined {
  return nodes.find(({ node }) => node === name);
}

const badness: Readonly<Record<NodeStats['state'], number>> = { alive: 0, suspect: 1, probing: 2, ejected: 3 };

function mergeNodes(one: NodeStats | undefined, other: NodeStats | undefined): NodeStats {
  if (one === undefined || other === undefined) return (one ?? other) as NodeStats;
  return {
    ...(add(one, other) as NodeStats),
    state: badness[one.state] >= badness[other.state] ? one.state : other.state,
    failures: Math.max(one.failures, other.failures),
    ejections: Math.max(one.ejections, other.ejections),
    ...vbucketsOf(one, other),
  };
}

/** Every process has the map of the same bucket. */
function vbucketsOf({ vbuckets }: NodeStats, other: NodeStats): Pick<NodeStats, 'vbuckets'> {
  const owned = vbuckets ?? other.vbuckets;
  return owned === undefined ? {} : { vbuckets: owned };
}

function mergeHistograms(one: Histogram, other: Histogram): Histogram {
  return {
    bounds: one.bounds,
    counts: one.counts.map((count, index) => count + (other.counts[index] ?? 0)),
    count: one.count + other.count,
    sum: one.sum + other.sum,
  };
}

function mergeHotKeys(one: HotKeyStats | undefined, other: HotKeyStats | undefined): HotKeyStats | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const counts = new Map<string, number>();
  for (const { key, count } of [...one.keys, ...other.keys]) counts.set(key, (counts.get(key) ?? 0) + count);
  const keys = [...counts].map(([key, count]) => ({ key, count })).sort((a, b) => b.count - a.count);
  return {
    duration: Math.max(one.duration, other.duration),
    commands: one.commands + other.commands,
    keys: keys.slice(0, Math.max(one.keys.length, other.keys.length)),
  };
}
