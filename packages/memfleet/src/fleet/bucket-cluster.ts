/** What the layers of a bucket know of the fleet that they are part of. */
import type { Clock } from '../base/clock.ts';
import type { Command } from '../core/command.ts';
import type { Dispatcher, Policy } from '../core/dispatcher.ts';
import type { CollectionNodes } from '../couchbase/collections.ts';
import type { ReplicaMode } from '../couchbase/replica-read.ts';

/** The cluster of a bucket. */
export interface BucketCluster extends CollectionNodes, Dispatcher {
  /** False: the client is closed. */
  readonly isOpen: boolean;
  /** The commands that the node of this name has received, or will, and has not replied to. */
  inFlight(node: string): Iterable<Command>;
}

/** How the layers of a bucket behave. */
export interface BucketHow {
  readonly clock: Clock;
  readonly random: (() => number) | undefined;
  readonly replica: ReplicaMode;
  /** The layer of retries, if there is one. */
  readonly retries: readonly Policy[];
}
