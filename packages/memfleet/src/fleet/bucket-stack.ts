/**
 * The layers of a Couchbase bucket, and what its cluster and its connections need: loaded with the first bucket
 * (couchbase-part.ts).
 *
 *   split keys ▸ replica read ▸ durable time ▸ retry? ▸ write terms ▸ resend ▸ collections ▸ cluster
 */
import { systemRandom } from '../base/chance.ts';
import type { Clock } from '../base/clock.ts';
import type { ConfigSource, Layout } from '../cluster/config-source.ts';
import type { Locator } from '../cluster/locator/locator.ts';
import type { ClusterNode } from '../cluster/node-spec.ts';
import type { StartUp } from '../connection/handshake.ts';
import type { Dispatcher, Policy } from '../core/dispatcher.ts';
import type { Reply } from '../core/reply.ts';
import { couchbaseBootstrap } from '../couchbase/bootstrap.ts';
import type { CheckedBucket } from '../couchbase/check-options.ts';
import type { Ask } from '../couchbase/config-round.ts';
import { replicaReadPolicy } from '../couchbase/replica-read.ts';
import { resendPolicy } from '../couchbase/resend.ts';
import { type CouchbaseBucket, resolveCouchbase } from '../couchbase/resolve.ts';
import type { ScanPlace } from '../couchbase/scan/scan-settings.ts';
import { splitKeysPolicy } from '../couchbase/split-keys.ts';
import { durableTimePolicy, writeTermsPolicy } from '../couchbase/write-terms.ts';
import type { BucketCluster, BucketHow } from './bucket-cluster.ts';

/** A bucket, as a fleet uses it. */
export class BucketStack {
  readonly #bucket: CouchbaseBucket;

  constructor(checked: CheckedBucket) {
    this.#bucket = resolveCouchbase(checked);
  }

  /** The source of the map; it is started after `connect`. */
  get source(): ConfigSource {
    return this.#bucket.source;
  }

  /** Gives it the cluster, and a way to nodes that need not be in it. */
  connect(cluster: BucketCluster, ask: Ask, clock: Clock): void {
    const { collections, router, source } = this.#bucket;
    source.connect(ask);
    router.connect((node) => cluster.inFlight(node), clock);
    collections.connect(cluster);
  }

  createLocator(nodes: readonly ClusterNode[], layout: Layout | undefined): Locator {
    return this.#bucket.router.createLocator(nodes, layout);
  }

  /** The layers in front of the cluster. */
  over(cluster: Dispatcher, { clock, random, replica, retries }: BucketHow): Dispatcher {
    const bucket = this.#bucket;
    const { collections, durability, router } = bucket;
    const layers: readonly Policy[] = [
      splitKeysPolicy,
      (next) => replicaReadPolicy(next, router, replica, clock),
      (next) => durableTimePolicy(next, durability, clock),
      ...retries,
      (next) => writeTermsPolicy(next, durability, clock),
      (next) => resendPolicy(next, bucket, clock, random),
      (next) => collections.policy(next),
    ];
    return layers.reduceRight<Dispatcher>((next, policy) => policy(next), cluster);
  }

  /** What a connection to the node sends before it is used. */
  startUp(node: string): StartUp {
    return couchbaseBootstrap(this.#bucket.login, node);
  }

  onPush(reply: Reply): void {
    this.#bucket.router.onPush(reply);
  }

  /** The map may be out of date. */
  refresh(): void {
    this.#bucket.router.refresh();
  }

  /** What scans need. */
  scanPlace(cluster: BucketCluster, clock: Clock, random: () => number = systemRandom): ScanPlace {
    const { collections, isTemporary, router } = this.#bucket;
    const found = collections.policy(cluster);
    return {
      clock,
      random,
      get isOpen() {
        return cluster.isOpen;
      },
      get vbuckets() {
        return router.vbuckets;
      },
      nodeOf: (vbucket) => router.nodeOf(vbucket),
      dispatchTo: (node, command, handler) => cluster.dispatchTo(node, command, handler),
      findCollection: (command, handler) => found.dispatch(command, handler),
      refused: (command, reply) => router.refused(command, reply),
      unknownCollection: (command, reply) => collections.refused(command, reply).error,
      refresh: () => router.refresh(),
      isTemporary,
    };
  }
}
