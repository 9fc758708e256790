/** Counts the events of a proxy that its statistics do not have. */
import type { Proxy } from 'memfleet/proxy';

/** By cluster, then by node. */
export type NodeCounts = Map<string, Map<string, number>>;

/** See the head of this file. */
export class EventCounts {
  readonly ejections: NodeCounts = new Map();
  readonly readmissions: NodeCounts = new Map();

  /** Counts what the proxy tells from now on. */
  watch(proxy: Pick<Proxy, 'on'>): void {
    proxy.on('eject', ({ cluster, node }) => count(this.ejections, cluster, node));
    proxy.on('readmit', ({ cluster, node }) => count(this.readmissions, cluster, node));
  }
}

function count(counts: NodeCounts, cluster: string, node: string): void {
  const nodes = counts.get(cluster) ?? new Map<string, number>();
  nodes.set(node, (nodes.get(node) ?? 0) + 1);
  counts.set(cluster, nodes);
}
