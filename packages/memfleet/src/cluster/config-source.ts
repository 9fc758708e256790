/** Where node lists come from. */
import type { MemcacheError } from '../core/errors.ts';
import type { ClusterNode, NodeInput } from './node-spec.ts';

/**
 * What a config source knows of the keys, beside the list of nodes: of its own kind, which the cluster does not look
 * into.
 */
export interface Layout {
  /** How many parts of the keys have another node than in the layout before. */
  movedFrom(before: Layout | undefined): number;
}

/** Takes what a config source finds. */
export interface ConfigListener {
  /**
   * A node list that is not empty; `layout`, where there is one, says which keys they have. The cluster compares the
   * list with the one it has.
   */
  onNodes(nodes: readonly ClusterNode[], layout?: Layout): void;
  /** It could not be found out now; the list before stays. Where there is none, the commands that wait for it fail. */
  onError(error: MemcacheError): void;
}

/** Finds out, now or later, once or again and again, which nodes there are. */
export interface ConfigSource {
  /** May call the listener before it returns. */
  start(listener: ConfigListener): void;
  stop(): void;
}

/** A list that never changes by itself. */
export function staticSource(nodes: readonly ClusterNode[]): ConfigSource {
  return { start: (listener) => listener.onNodes(nodes), stop() {} };
}

/** A function of the user that gives the list. */
export type NodesFunction = () => readonly NodeInput[] | Promise<readonly NodeInput[]>;
