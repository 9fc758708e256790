/**
 * Whether the nodes reply. Each node, ejected or not, receives a `version`; a node without a connection is dialled.
 *
 *   ping    one round ─▶ node → latency or error
 *   ready   round ─ all replied ─▶ done
 *             └ some did not ─▶ pause ─▶ round of those, until the time is over ─▶ PartialResultError
 */
import { Backoff } from '../base/backoff.ts';
import { deadlineIn, type Clock } from '../base/clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { Command } from '../core/command.ts';
import { AbortedError, type MemcacheError, PartialResultError } from '../core/errors.ts';
import { replyError } from '../core/reply.ts';
import { openSignal, unwatchSignal, watchSignal, type Watcher } from './abort.ts';
import { checkOptions, checkTimeout, refuseSurplus } from './arguments.ts';
import type { NodeCallOptions } from './call-options.ts';
import type { ClientCore } from './core.ts';
import { nodeCallOptions } from './known-options.ts';

/** The result of a ping of one node: one of the two fields is undefined. */
export interface Ping {
  /** Milliseconds until the reply, including the dial if there was no connection. */
  readonly latency: number | undefined;
  /** Why there is no reply. */
  readonly error: MemcacheError | undefined;
}

/** Pauses between the rounds of `ready`, in ms. */
const pauses = { initial: 20, max: 500, factor: 2, jitter: 0.2 };

/** One call: its deadline, its signal, and the commands in flight. */
class Pings implements Watcher {
  readonly #clusters: readonly Cluster[];
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  readonly #inFlight = new Set<Command>();
  readonly #aborted: Promise<never>;
  #reject!: (error: MemcacheError) => void;
  readonly deadline: number;

  constructor({ fleet, timeout: usual }: ClientCore, options: NodeCallOptions | undefined, surplus: unknown) {
    if (surplus !== undefined) refuseSurplus(options, surplus, nodeCallOptions);
    checkOptions(options, nodeCallOptions);
    const { timeout = usual } = options ?? {};
    this.#clusters = fleet.clusters;
    this.#clock = fleet.clock;
    this.deadline = deadlineIn(fleet.clock, Math.min(checkTimeout(timeout), Number.MAX_SAFE_INTEGER));
    this.#signal = openSignal(options);
    this.#aborted = new Promise((_resolve, reject) => {
      this.#reject = reject;
    });
    this.#aborted.catch(() => {});
    if (this.#signal !== undefined) watchSignal(this.#signal, this);
  }

  onAbort(cause: unknown): void {
    for (const command of this.#inFlight) command.cancelled = true;
    this.#reject(new AbortedError('the ping was aborted', { cause, sent: true }));
  }

  /** The result of `run`, unless the signal fires first. */
  async end<T>(run: Promise<T>): Promise<T> {
    try {
      return await Promise.race([run, this.#aborted]);
    } finally {
      if (this.#signal !== undefined) unwatchSignal(this.#signal, this);
    }
  }

  /** Pings all nodes but those in `answered`. Waits for the node list if there is none yet. */
  async round(answered: ReadonlyMap<string, unknown>): Promise<Map<string, Ping>> {
    await Promise.all(this.#clusters.map(async (cluster) => cluster.nodes.length > 0 || this.#ask(cluster)));
    const asked = this.#clusters.flatMap((cluster) => {
      const names = cluster.stats().nodes.map(({ node }) => node);
      return names.filter((name) => !answered.has(name)).map((name) => ({ cluster, name }));
    });
    return new Map(
      await Promise.all(asked.map(async ({ cluster, name }) => [name, await this.#ping(cluster, name)] as const)),
    );
  }

  /** False: the time is over. */
  async pause(ms: number): Promise<boolean> {
    const left = this.deadline - this.#clock.now();
    if (left <= 0) return false;
    await Promise.race([
      new Promise<void>((resolve) => this.#clock.setTimer(Math.min(ms, left), resolve)),
      this.#aborted,
    ]);
    return this.#clock.now() < this.deadline;
  }

  async #ping(cluster: Cluster, node: string): Promise<Ping> {
    const startedAt = this.#clock.now();
    try {
      await this.#ask(cluster, node);
      return { latency: this.#clock.now() - startedAt, error: undefined };
    } catch (error) {
      return { latency: undefined, error: error as MemcacheError };
    }
  }

  /** Without a node: waits until the node list is known. */
  #ask(cluster: Cluster, node?: string): Promise<void> {
    const command = new Command('version');
    command.deadline = this.deadline;
    this.#inFlight.add(command);
    return new Promise<void>((resolve, reject) => {
      const handler = {
        onReply: (reply: Parameters<typeof replyError>[0]): void => {
          if (node !== undefined && reply.status === 'error') reject(replyError(reply, 'version'));
          else if (reply.part !== 'item') resolve();
        },
        onError: reject,
        ...(node === undefined ? { onPartFailed() {} } : {}),
      };
      if (node === undefined) cluster.dispatch(command, handler);
      // The node has just left the list: `ready` does not wait for it.
      else if (!cluster.dispatchTo(node, command, handler)) resolve();
    }).finally(() => this.#inFlight.delete(command));
  }
}

/** Pings every node once. */
export function ping(
  core: ClientCore,
  options: NodeCallOptions | undefined,
  surplus: unknown,
): Promise<Map<string, Ping>> {
  const pings = new Pings(core, options, surplus);
  return pings.end(pings.round(new Map()));
}

/** Resolves when every node has replied once. */
export function ready(core: ClientCore, options: NodeCallOptions | undefined, surplus: unknown): Promise<void> {
  const pings = new Pings(core, options, surplus);
  return pings.end(untilAllAnswer(pings));
}

async function untilAllAnswer(pings: Pings): Promise<void> {
  const backoff = new Backoff(pauses);
  const answered = new Map<string, number>();
  for (;;) {
    const failures = new Map<string, MemcacheError>();
    // The node list may change, so each round reads it again.
    for (const [node, { latency, error }] of await pings.round(answered)) {
      if (error === undefined) answered.set(node, latency as number);
      else failures.set(node, error);
    }
    if (failures.size === 0) return;
    if (!(await pings.pause(backoff.next()))) throw notReady(answered, failures);
  }
}

function notReady(
  answered: ReadonlyMap<string, number>,
  failures: ReadonlyMap<string, MemcacheError>,
): PartialResultError<number> {
  const reasons = [...failures].map(([node, { message }]) => `${node} (${message})`).join(', ');
  const all = answered.size + failures.size;
  return new PartialResultError(`${failures.size} of ${all} nodes have not replied: ${reasons}`, answered, failures);
}
