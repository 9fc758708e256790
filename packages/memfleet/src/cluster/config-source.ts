/** The sources of node lists. */
import type { MemcacheError } from '../core/errors.ts';
import type { ClusterNode, NodeInput } from './node-spec.ts';

/**
 * The knowledge of a config source about the keys, beside the list of nodes. Its type is private to the source; the
 * cluster does not read it.
 */
export interface Layout {
  /** The number of parts of the keys whose node differs from the previous layout. */
  movedFrom(before: Layout | undefined): number;
}

/** Receives the results of a config source. */
export interface ConfigListener {
  /**
   * A node list that is not empty; `layout`, if present, says which keys each node has. The cluster compares the list
   * with its current one.
   */
  onNodes(nodes: readonly ClusterNode[], layout?: Layout): void;
  /**
   * The node list could not be determined; the previous list stays. Without one, the commands that wait for it fail.
   */
  onError(error: MemcacheError): void;
}

/** Determines the list of nodes, now or later, once or repeatedly. */
export interface ConfigSource {
  /** May call the listener before it returns. */
  start(listener: ConfigListener): void;
  stop(): void;
}

/** A fixed list. */
export function staticSource(nodes: readonly ClusterNode[]): ConfigSource {
  return { start: (listener) => listener.onNodes(nodes), stop() {} };
}

/** A function of the user that returns the list. */
export type NodesFunction = () => readonly NodeInput[] | Promise<readonly NodeInput[]>;
