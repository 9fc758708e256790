/** What the tests of discovery share: a listener that remembers, and a moment for promises. */
import type { ConfigListener, Layout } from '../../src/cluster/config-source.ts';
import type { ClusterNode } from '../../src/cluster/node-spec.ts';
import type { MemcacheError } from '../../src/core/errors.ts';
import type { BucketConfig } from '../../src/couchbase/bucket-config.ts';
import { BucketLayout } from '../../src/couchbase/bucket-layout.ts';

/** Records the results of a source; a test may wait for one. */
export class Found implements ConfigListener {
  readonly lists: string[][] = [];
  readonly buckets: (BucketConfig | undefined)[] = [];
  readonly errors: string[] = [];
  readonly failures: MemcacheError[] = [];
  /** A node whose lists cannot be used. */
  refuses: string | undefined;
  /** The last list. */
  nodes: readonly ClusterNode[] = [];
  #wake: () => void = () => {};

  onNodes(nodes: readonly ClusterNode[], layout?: Layout): void {
    const names = nodes.map((node) => node.name);
    if (this.refuses !== undefined && names.includes(this.refuses)) throw new Error(`no place for ${this.refuses}`);
    this.lists.push(names);
    this.nodes = nodes;
    this.buckets.push(layout instanceof BucketLayout ? layout.config : undefined);
    this.#wake();
  }

  onError(error: MemcacheError): void {
    this.errors.push(error.message);
    this.failures.push(error);
    this.#wake();
  }

  /** Waits until `ready` says yes; it is asked after every event. */
  async until(ready: (found: Found) => boolean): Promise<void> {
    while (!ready(this)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Lets promises that are settled run on. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
