import type { Row } from './live-view.ts';
/** The nodes as the client had them: also those that have left since. */
import type { ClientMap } from './rebalances.ts';
import type { Run } from './run.ts';
import type { Subject, SubjectNode } from './subject.ts';

/** See the head of this file. */
export class Census {
  readonly #run: Run;
  readonly #subject: Subject;
  readonly #seen = new Map<string, SubjectNode>();

  constructor(run: Run, subject: Subject) {
    this.#run = run;
    this.#subject = subject;
  }

  /** Notes the nodes that there are now. */
  take(): void {
    for (const node of this.#subject.stats().nodes) this.#seen.set(node.node, node);
  }

  /** Connections made in all. */
  get opened(): number {
    return [...this.#seen.values()].reduce((sum, { connects }) => sum + connects, 0);
  }

  /** The most connections that a node had at once. */
  get peak(): number {
    return Math.max(...[...this.#seen.values()].map(({ peak }) => peak));
  }

  /** What a row shows. On a cluster the columns are those of the cluster's nodes: the client has them in the order of its map. */
  row(map: ClientMap | undefined): Pick<Row, 'nodes' | 'revision'> {
    const { nodes } = this.#subject.stats();
    if (map === undefined) return { nodes: nodes.map(({ open, state }) => ({ open, state })) };
    const columns = this.#run.fleet.names.map((name) => {
      const node = nodes.find((candidate) => candidate.node === name);
      const vbuckets = map.vbuckets.get(name) ?? 0;
      return { open: node?.open, state: node?.state ?? 'alive', vbuckets };
    });
    return { nodes: columns, revision: map.revision };
  }
}
