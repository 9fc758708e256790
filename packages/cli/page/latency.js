/**
 * Durations counted in buckets.
 *
 * @import { Point } from '../src/dashboard/snapshot.ts'
 */

/**
 * What came into each bucket in a while. `node`: undefined = of all nodes.
 *
 * @param {readonly Point[]} points
 * @param {string | undefined} node
 * @param {number} buckets
 * @returns {number[]}
 */
export function countsOf(points, node, buckets) {
  const counts = Array.from({ length: buckets }, () => 0);
  for (const { latencies } of points) {
    const lists = node === undefined ? Object.values(latencies) : [latencies[node] ?? []];
    for (const cells of lists)
      for (let at = 0; at < cells.length; at += 2) {
        const bucket = cells[at] ?? 0;
        counts[bucket] = (counts[bucket] ?? 0) + (cells[at + 1] ?? 0);
      }
  }
  return counts;
}

/**
 * The duration that a share of all does not exceed, as Prometheus's `histogram_quantile` reads it from buckets;
 * undefined when there are none.
 *
 * @param {readonly number[]} counts one more than there are bounds
 * @param {readonly number[]} bounds
 * @param {number} share
 * @returns {number | undefined}
 */
export function percentile(counts, bounds, share) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = share * total;
  let below = 0;
  for (const [bucket, upper] of bounds.entries()) {
    const count = counts[bucket] ?? 0;
    if (count > 0 && below + count >= rank) {
      const lower = bucket === 0 ? 0 : (bounds[bucket - 1] ?? 0);
      return lower + ((upper - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return bounds.at(-1);
}
