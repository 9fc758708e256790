import type { ItemCalls } from './item-calls.ts';

/**
 * In which life of its node a cas was read. A node that restarts begins its cas numbers again, so an old cas may be
 * that of another value. A cas is worth nothing once the node was out, or another node stood in for it.
 */
export class NodeEpochs {
  readonly #calls: Pick<ItemCalls, 'nodeInfo' | 'on'>;
  /** Node → how often it was ejected and readmitted: in between, a substitute may have answered. */
  readonly #changes = new Map<string, number>();
  readonly #stop: readonly (() => void)[];

  constructor(calls: Pick<ItemCalls, 'nodeInfo' | 'on'>) {
    this.#calls = calls;
    const count = ({ node }: { readonly node: string }): void =>
      void this.#changes.set(node, (this.#changes.get(node) ?? 0) + 1);
    this.#stop = [calls.on('eject', count), calls.on('readmit', count)];
  }

  /** Two equal texts: a cas of the key's node that was read at the one time is worth something at the other. */
  of(key: string): string {
    const info = this.#calls.nodeInfo(key);
    return info === undefined ? '' : `${info.epoch} ${this.#changes.get(info.name) ?? 0} ${info.name}`;
  }

  close(): void {
    for (const stop of this.#stop) stop();
  }
}
