/** Counts the events of a proxy that its statistics do not have. */
import type { Proxy } from 'memfleet/proxy';

/** By cluster, then by node. */
export type NodeCounts = Map<string, Map<string, number>>;

/** Counts the events of a proxy that its statistics do not contain. */
export class EventCounts {
  readonly ejections: NodeCounts = new Map();
  readonly readmissions: NodeCounts = new Map();

  /**
   * Counts what the proxy tells from now on. Nodes and clusters that are gone are forgotten: where nodes come and go,
   * there would be no end of them.
   */
  watch(proxy: Pick<Proxy, 'on' | 'stats'>): void {
    proxy.on('eject', ({ cluster, node }) => count(this.ejections, cluster, node));
    proxy.on('readmit', ({ cluster, node }) => count(this.readmissions, cluster, node));
    proxy.on('topology', ({ cluster, nodes }) => this.#each((counts) => keep(counts.get(cluster), new Set(nodes))));
    proxy.on('reload', () => {
      const clusters = new Set(Object.keys(proxy.stats().clusters));
      this.#each((counts) => keep(counts, clusters));
    });
  }

  #each(action: (counts: NodeCounts) => void): void {
    action(this.ejections);
    action(this.readmissions);
  }
}

function count(counts: NodeCounts, cluster: string, node: string): void {
  const nodes = counts.get(cluster) ?? new Map<string, number>();
  nodes.set(node, (nodes.get(node) ?? 0) + 1);
  counts.set(cluster, nodes);
}

function keep(counts: Map<string, unknown> | undefined, names: ReadonlySet<string>): void {
  for (const name of counts?.keys() ?? []) if (!names.has(name)) counts?.delete(name);
}
