/**
 * The bucket of a fleet, whose layers are loaded when the fleet is made:
 *
 *   options ─▶ FleetBucket ─ start ─▶ load ─┬ loaded: BucketStack ─▶ gate opens ─▶ the source of the map starts
 *                                          └ failed: ConfigError, for every call
 *
 * Where the part is loaded already, the stack is there from the beginning, and no command waits for it.
 */
import type { Clock } from '../base/clock.ts';
import type { ConfigListener, ConfigSource, Layout } from '../cluster/config-source.ts';
import type { Locator } from '../cluster/locator/locator.ts';
import type { ClusterNode } from '../cluster/node-spec.ts';
import type { StartUp } from '../connection/handshake.ts';
import type { Dispatcher } from '../core/dispatcher.ts';
import { ConfigError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { type CheckedBucket, nodesAreGiven } from '../couchbase/check-options.ts';
import type { CollectionNames } from '../couchbase/collection-names.ts';
import type { Ask } from '../couchbase/config-round.ts';
import type { ReplicaMode } from '../couchbase/replica-read.ts';
import type { ScanPlace } from '../couchbase/scan/scan-settings.ts';
import type { BucketCluster, BucketHow } from './bucket-cluster.ts';
import { BucketGate } from './bucket-gate.ts';
import type { BucketStack } from './bucket-stack.ts';
import { couchbasePart } from './couchbase-part.ts';

/** The bucket that a fleet is. */
export class FleetBucket implements ConfigSource {
  /** When gets go to replicas. */
  readonly replica: ReplicaMode;
  readonly #checked: CheckedBucket;
  #stack: BucketStack | undefined;
  #isStopped = false;
  /** What the stack is connected to when it is there. */
  #connect: ((stack: BucketStack) => void) | undefined;
  #gate: { readonly fail: BucketGate['fail']; open(stack: BucketStack): void } | undefined;

  constructor(checked: CheckedBucket, replica: ReplicaMode) {
    this.#checked = checked;
    this.replica = replica;
    const part = couchbasePart.value;
    this.#stack = part === undefined ? undefined : new part.BucketStack(checked);
  }

  get collections(): CollectionNames {
    return this.#checked.collections;
  }

  /** The layers from the call to the cluster, as `describe` names them. */
  names(retries: readonly string[]): readonly string[] {
    const { durability } = this.#checked.options;
    const before = ['split keys', `replicas(${this.replica})`, `durability(${durability})`];
    return [...before, ...retries, 'write terms', 'resend', 'collections'];
  }

  /** Called before `start`. */
  connect(cluster: BucketCluster, ask: Ask, clock: Clock): void {
    this.#connect = (stack) => stack.connect(cluster, ask, clock);
    if (this.#stack !== undefined) this.#connect(this.#stack);
  }

  start(listener: ConfigListener): void {
    if (this.#stack === undefined) void this.#load(listener);
    else this.#stack.source.start(listener);
  }

  stop(): void {
    this.#isStopped = true;
    this.#stack?.source.stop();
  }

  async #load(listener: ConfigListener): Promise<void> {
    try {
      await couchbasePart.load();
    } catch (cause) {
      const error = new ConfigError('the part of memfleet for Couchbase cannot be loaded', { cause });
      this.#gate?.fail(error);
      if (!this.#isStopped) listener.onError(error);
      return;
    }
    if (this.#isStopped) return;
    const stack = new couchbasePart.loaded.BucketStack(this.#checked);
    this.#stack = stack;
    this.#connect?.(stack);
    this.#gate?.open(stack);
    stack.source.start(listener);
  }

  /** The layers in front of the cluster. */
  over(cluster: Dispatcher, how: BucketHow, maxWaiting: number): Dispatcher {
    if (this.#stack !== undefined) return this.#stack.over(cluster, how);
    const gate = new BucketGate(cluster, how.clock, maxWaiting);
    this.#gate = {
      fail: (error) => gate.fail(error),
      open: (stack) => gate.open(stack.over(cluster, how)),
    };
    return gate;
  }

  createLocator(nodes: readonly ClusterNode[], layout: Layout | undefined): Locator {
    if (this.#stack === undefined) throw nodesAreGiven();
    return this.#stack.createLocator(nodes, layout);
  }

  /** What a connection to the node sends before it is used. */
  startUp(node: string): StartUp {
    return this.#stack!.startUp(node);
  }

  onPush(reply: Reply): void {
    this.#stack?.onPush(reply);
  }

  /** The map may be out of date. */
  refresh(): void {
    this.#stack?.refresh();
  }

  /** What scans need; undefined before the first map. */
  scanPlace(cluster: BucketCluster, clock: Clock, random?: () => number): ScanPlace | undefined {
    return this.#stack?.scanPlace(cluster, clock, random);
  }
}
