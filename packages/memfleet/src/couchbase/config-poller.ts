/**
 * Fetches the configuration of a Couchbase or Membase bucket, and follows its changes.
 *
 *   static document ─┐
 *   data port ───────┤ polled at the start, then every few seconds: any node of the cluster, else the user's nodes
 *   REST ────────────┼─▶ keeper: newer? ─▶ listener        used where no data port has a configuration; streams
 *   refusals, pushes ┘   `offer`
 *
 * An invalid document is an error, and the last valid one stays.
 */
import { Backoff, withJitter } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { ConfigListener, ConfigSource } from '../cluster/config-source.ts';
import type { ClusterNode } from '../cluster/node-spec.ts';
import { ConfigError, ConnectError, type MemcacheError } from '../core/errors.ts';
import { BucketLayout } from './bucket-layout.ts';
import type { ConfigKeeper } from './config-keeper.ts';
import { type Ask, ConfigRound } from './config-round.ts';
import { RestWatch, type RestWatchOptions } from './rest/rest-watch.ts';
import { isExact, isLater, type Revision } from './revision.ts';

/** The options of the poller. Times in ms. */
export interface ConfigPollerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly keeper: ConfigKeeper;
  /** A configuration that is already known, and the host that `$HOST` stands for in it. */
  readonly document: { readonly text: string; readonly host: string } | undefined;
  /** The nodes whose data port is polled. */
  readonly seeds: readonly ClusterNode[];
  /** Finds the seeds, before the first poll and after a poll that failed. Never rejects. */
  readonly findSeeds?: (() => Promise<readonly ClusterNode[]>) | undefined;
  /** The options of watching by HTTP; undefined, or without URLs: HTTP is not used. */
  readonly rest: RestWatchOptions | undefined;
  /** The time between two polls of the data port. */
  readonly pollInterval: number;
}

/** A document that was not requested. */
export type OfferOutcome = 'adopted' | 'known' | 'unusable';

/** The time limit of one node's reply, as in libcouchbase. */
const nodeTimeout = 2000;
const jitter = 0.1;
/** The minimum time between polls that refusals cause, as in libcouchbase. */
const refreshGap = 10;
const retry = { initial: 500, max: 5000, factor: 2, jitter: 0.2 };

/** The state of polling the data port. */
type PollState =
  /** Not started, or over. */
  | { readonly kind: 'idle' }
  /** `isDoubted`: the map was called in question meanwhile, so the reply may be older than that. */
  | { readonly kind: 'polling'; isDoubted: boolean }
  /** `until`: ms on the clock. */
  | { readonly kind: 'waiting'; readonly until: number; readonly timer: Timer }
  /** HTTP returned a valid document, so the data port is not polled. */
  | { readonly kind: 'watching' };

const idle: PollState = { kind: 'idle' };

/** A config source that follows the configuration of a Couchbase or Membase bucket. */
export class ConfigPoller implements ConfigSource {
  readonly #options: ConfigPollerOptions;
  readonly #backoff: Backoff;
  /** What `findSeeds` found. */
  #found: readonly ClusterNode[] | undefined;
  #ask: Ask | undefined;
  #listener: ConfigListener | undefined;
  #round: ConfigRound | undefined;
  #state: PollState = idle;
  #polledAt = -Infinity;
  #turn = 0;
  /** The nodes that take the revision that is known (HELLO). */
  readonly #versioned = new Set<string>();
  /** The node that announced a newer configuration. */
  #announcer: string | undefined;
  #watch: RestWatch | undefined;
  #dataError: MemcacheError | undefined;

  constructor(options: ConfigPollerOptions) {
    this.#options = options;
    this.#backoff = new Backoff(retry, options.random);
  }

  /** Sets how commands are sent to nodes; called before `start`. */
  connect(ask: Ask): void {
    this.#ask = ask;
  }

  start(listener: ConfigListener): void {
    this.#listener = listener;
    const { document, seeds } = this.#options;
    if (document !== undefined) this.#take(document.text, document.host);
    if (seeds.length > 0) this.#poll();
    else this.#watchRest();
  }

  stop(): void {
    this.#listener = undefined;
    this.#become(idle);
    this.#round?.stop();
    this.#watch?.stop();
  }

  /** Offers a document from a refusal or a push; `host`: the host of its node. */
  offer(text: string, host: string): OfferOutcome {
    try {
      return this.#take(text, host) ? 'adopted' : 'known';
    } catch {
      return 'unusable';
    }
  }

  /** The configuration may be old: it is requested soon, but not more often when this is called repeatedly. */
  refresh(): void {
    const state = this.#state;
    if (this.#listener === undefined || state.kind === 'watching' || this.#options.seeds.length === 0) return;
    if (state.kind === 'polling') state.isDoubted = true;
    else this.#pollIn(Math.max(0, this.#polledAt + refreshGap - this.#options.clock.now()));
  }

  /** A node announced a configuration of this revision, if it named one; `node`: its name. */
  announced(revision: Revision | undefined, node: string): void {
    const known = this.#options.keeper.current?.revision;
    if (revision !== undefined && known !== undefined && !isLater(revision, known)) return;
    this.#announcer = node;
    this.refresh();
  }

  /**
   * A connection to the node has been opened. `isVersioned`: GET_CLUSTER_CONFIG may name the revision that is known.
   */
  greeted(node: string, isVersioned: boolean): void {
    if (isVersioned) this.#versioned.add(node);
    else this.#versioned.delete(node);
  }

  #take(text: string, host: string): boolean {
    const { keeper } = this.#options;
    const listener = this.#listener;
    if (listener === undefined || !keeper.offer(text, host)) return false;
    const config = keeper.current!;
    listener.onNodes(config.nodes, new BucketLayout(config));
    return true;
  }

  /** Enters a state and clears the timer of the one before. */
  #become(state: PollState): void {
    if (this.#state.kind === 'waiting') this.#state.timer.clear();
    this.#state = state;
  }

  #pollIn(wait: number): void {
    const { clock } = this.#options;
    const until = clock.now() + wait;
    if (this.#state.kind === 'waiting' && until >= this.#state.until) return;
    this.#become({ kind: 'waiting', until, timer: clock.setTimer(wait, () => this.#poll(), false) });
  }

  #poll(): void {
    const { clock, findSeeds } = this.#options;
    const state: PollState = { kind: 'polling', isDoubted: false };
    this.#polledAt = clock.now();
    this.#become(state);
    if (findSeeds === undefined || this.#found !== undefined) {
      this.#askNodes();
      return;
    }
    void this.#findSeeds(findSeeds, state);
  }

  async #findSeeds(find: () => Promise<readonly ClusterNode[]>, state: PollState): Promise<void> {
    this.#found = await find();
    if (this.#state === state) this.#askNodes();
  }

  #askNodes(): void {
    const { clock } = this.#options;
    this.#round = new ConfigRound(this.#candidates(), {
      clock,
      ask: this.#ask!,
      timeout: nodeTimeout,
      known: (node) => this.#knownTo(node),
      accept: (text, node) => void this.#take(text, node.host),
      done: (error) => this.#polled(error),
    });
  }

  /** A revision that is not exact could be taken for a later one, and the node would have nothing newer for ever. */
  #knownTo({ name }: ClusterNode): Revision | undefined {
    const revision = this.#versioned.has(name) ? this.#options.keeper.current?.revision : undefined;
    return revision !== undefined && isExact(revision) ? revision : undefined;
  }

  /**
   * The node that announced a newer configuration; the nodes of the cluster, each time beginning with another; then the
   * remaining nodes of the user.
   */
  #candidates(): readonly ClusterNode[] {
    const { keeper } = this.#options;
    const seeds = this.#found ?? this.#options.seeds;
    const nodes = keeper.current?.nodes ?? [];
    const turn = nodes.length === 0 ? 0 : this.#turn++ % nodes.length;
    const names = new Set(nodes.map((node) => node.name));
    const others = [...nodes.slice(turn), ...nodes.slice(0, turn)];
    const first = others.filter(({ name }) => name === this.#announcer);
    this.#announcer = undefined;
    return [...new Set([...first, ...others, ...seeds.filter((seed) => !names.has(seed.name))])];
  }

  #polled(error: MemcacheError | undefined): void {
    const state = this.#state;
    const { pollInterval, random, rest } = this.#options;
    this.#dataError = error;
    if (this.#listener === undefined || state.kind !== 'polling') return;
    if (error === undefined) {
      this.#backoff.reset();
      this.#watch?.stop();
      this.#watch = undefined;
      this.#pollIn(withJitter(pollInterval, jitter, random));
      if (state.isDoubted) this.refresh();
      return;
    }
    this.#found = undefined;
    this.#pollIn(this.#backoff.next());
    if (rest === undefined || rest.urls.length === 0) this.#listener.onError(error);
    else if (this.#watch === undefined) this.#watchRest();
  }

  #watchRest(): void {
    const { rest } = this.#options;
    if (rest === undefined || rest.urls.length === 0) return;
    this.#watch = new RestWatch(rest, {
      onDocument: (text, host) => {
        this.#take(text, host);
        this.#become({ kind: 'watching' });
      },
      onError: (error) =>
        this.#listener?.onError(this.#state.kind === 'watching' ? error : bothFailed(this.#dataError, error)),
    });
  }
}

/** One error for two failed ways: the one that says more than "no connection", or both. */
function bothFailed(data: MemcacheError | undefined, rest: MemcacheError): MemcacheError {
  if (data === undefined) return rest;
  if (!(data instanceof ConnectError) && !(data instanceof ConfigError)) return data;
  if (!(rest instanceof ConnectError) && !(rest instanceof ConfigError)) return rest;
  const message = `${data.message}; ${rest.message}`;
  const isConfig = data instanceof ConfigError || rest instanceof ConfigError;
  return isConfig ? new ConfigError(message, { cause: data }) : new ConnectError(message, { cause: data });
}
