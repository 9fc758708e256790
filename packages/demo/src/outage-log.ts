/** What the client made of nodes that were stopped, or failed by themselves. Times in seconds since the start. */
import type { MemcacheError } from 'memfleet';
import type { Stage } from './meter.ts';
import { rootCause } from './root-cause.ts';

/** One outage of a node. */
export interface Outage {
  readonly node: string;
  stoppedAt?: number;
  ejectedAt?: number;
  /** How long the first ejection was made for. */
  ejectedFor?: number;
  /** Why the client ejected it. */
  reason?: string;
  /** Ejections in this outage: more than one when a probe came too early. */
  ejections: number;
  restartedAt?: number;
  readmittedAt?: number;
  /** Calls that failed since it began: those to the node, until it was readmitted. */
  failedCalls: number;
}

/** Records how the client treated nodes that stopped. Times are in seconds since the start. */
export class OutageLog {
  readonly outages: Outage[] = [];
  /** The phase is over: what happens now is not its business. */
  isOver = false;
  readonly #now: () => number;
  readonly #failures: (node: string) => number;
  readonly #grace: number;
  /** Failed calls of a node when its outage began, until those of the outage are counted. */
  readonly #before = new Map<Outage, number>();

  /**
   * `now` in seconds since the start; `failures` counts the failed calls of a node so far; `grace`: how long a call
   * takes at most, in ms.
   */
  constructor(now: () => number, failures: (node: string) => number, grace: number) {
    this.#now = now;
    this.#failures = failures;
    this.#grace = grace;
  }

  stopped(node: string): Outage {
    const outage = this.#begin(node);
    outage.stoppedAt = this.#now();
    return outage;
  }

  ejected(node: string, error: MemcacheError, duration: number): void {
    const outage = this.#open(node) ?? this.#begin(node);
    outage.ejections++;
    outage.ejectedAt ??= this.#now();
    outage.ejectedFor ??= duration / 1000;
    outage.reason ??= rootCause(error);
  }

  restarted(node: string): void {
    const outage = this.#open(node);
    if (outage !== undefined) outage.restartedAt = this.#now();
  }

  readmitted(node: string): void {
    const outage = this.#open(node);
    if (outage === undefined) return;
    outage.readmittedAt = this.#now();
    // Calls that began before have not all ended.
    const count = (): void => this.#countFailures(outage);
    setTimeout(count, this.#grace).unref();
  }

  /** What is wrong with a node at the moment. */
  stageOf(node: string): Stage | undefined {
    const outage = this.#open(node);
    return outage && (outage.restartedAt === undefined ? 'down' : 'back');
  }

  /** The phase is over: what was not counted yet is counted. */
  end(): void {
    this.isOver = true;
    for (const outage of this.outages) this.#countFailures(outage);
  }

  #begin(node: string): Outage {
    const outage: Outage = { node, ejections: 0, failedCalls: 0 };
    this.outages.push(outage);
    this.#before.set(outage, this.#failures(node));
    return outage;
  }

  #countFailures(outage: Outage): void {
    const before = this.#before.get(outage);
    if (before === undefined) return;
    outage.failedCalls = this.#failures(outage.node) - before;
    this.#before.delete(outage);
  }

  /** The node's outage that is not over. */
  #open(node: string): Outage | undefined {
    return this.outages.findLast((outage) => outage.node === node && outage.readmittedAt === undefined);
  }
}
