/**
 * One run:
 *
 *   open all lanes ─▶ fill ─▶ │ warm-up │ measured │ ─▶ wait for what is in flight ─▶ close
 */
import { MemcacheError } from 'memfleet';
import type { Lane, LaneEvents } from './lane.ts';
import { ClosedLoop, type Loop, OpenLoop } from './loop.ts';
import { fillingSource, type RequestSource, RequestSources } from './request-source.ts';
import { Tally } from './tally.ts';
import type { RunPlan } from './workload.ts';

/** Lanes that are opened at the same time. */
const opening = 100;
/** Requests and bytes in flight on a lane that fills. */
const fillingDepth = 32;
const fillingBytes = 256 * 1024;
/** How often the keys are stored at most, where some of them fail. */
const fillings = 3;
/** How often requests without a reply are looked for, in ms. */
const sweeping = 100;

/** What else happens in a run. */
export interface RunHooks {
  /** The measured time begins. */
  readonly onMeasure?: () => void;
  /** It has ended; requests may be in flight. */
  readonly onMeasured?: () => void;
}

/** Makes a lane that tells `tally` what became of its requests. */
export type MakeLane = (events: LaneEvents, tally: Tally) => Lane;

/** A generator at work. */
export class LoadRun {
  readonly #plan: RunPlan;
  readonly #hooks: RunHooks;
  readonly #lanes: readonly Lane[];
  readonly tally: Tally = new Tally();
  #loop: Loop | undefined;
  #isStopped = false;
  /** Looks whether what is waited for has happened. */
  #look: () => void = () => {};
  /** The measured time, in ms of `performance.now`; 0 = not yet. */
  #from = 0;
  #end = 0;

  constructor(plan: RunPlan, makeLane: MakeLane, hooks: RunHooks = {}) {
    this.#plan = plan;
    this.#hooks = hooks;
    const events: LaneEvents = {
      ended: (lane, hasFailed) => {
        this.#loop?.ended(lane, hasFailed);
        this.#look();
      },
      ready: (lane) => this.#loop?.ready(lane),
    };
    this.#lanes = Array.from({ length: plan.connections }, (_, index) =>
      Object.assign(makeLane(events, this.tally), { index }),
    );
  }

  /** The measured time so far, in ms. */
  get elapsed(): number {
    if (this.#from === 0) return 0;
    return (this.#end === 0 ? performance.now() : this.#end) - this.#from;
  }

  /** Opens all lanes. Rejects with the first failure. */
  async open(): Promise<void> {
    for (let at = 0; at < this.#lanes.length; at += opening)
      await Promise.all(this.#lanes.slice(at, at + opening).map((lane) => lane.open()));
  }

  /**
   * Stores every key, and makes the counters: all of them again where some failed, because a node may have been slow.
   * Rejects where requests fail each time.
   */
  async fill(): Promise<void> {
    for (let left = fillings - 1; ; left--) {
      const { failures, requests } = await this.#fillOnce();
      if (failures === 0) return;
      if (left === 0 || failures === requests)
        throw new MemcacheError(`${failures} of ${requests} keys were not stored: ${this.tally.lastError}`);
    }
  }

  async #fillOnce(): Promise<{ readonly failures: number; readonly requests: number }> {
    const { workload } = this.#plan;
    const { requests, nextBatch } = fillingSource(workload);
    const { failed } = this.tally;
    const largest = Math.max(1, ...workload.sizes.map(({ to }) => to));
    const depth = Math.max(1, Math.min(fillingDepth, Math.floor(fillingBytes / largest)));
    const loop = new ClosedLoop(this.#lanes, depth, (_, count) => nextBatch(count));
    loop.limit(requests);
    await this.#run(loop, () => this.#until(() => loop.isDone && this.#isIdle));
    return { failures: this.tally.failed - failed, requests };
  }

  /** Warm-up and measured time. */
  async measure(): Promise<void> {
    const { duration, requests, timeout, warmUp } = this.#plan;
    const loop = this.#makeLoop();
    await this.#run(loop, async () => {
      await this.#until(undefined, warmUp);
      this.#from = performance.now();
      this.tally.begin(this.#from);
      this.#hooks.onMeasure?.();
      if (requests !== undefined) loop.limit(requests, this.#from);
      await this.#until(requests === undefined ? undefined : () => loop.isDone && this.#isIdle, duration);
      this.#end = performance.now();
      this.tally.end(this.#end);
      loop.stop();
      this.#hooks.onMeasured?.();
      loop.leaveUnsent(this.tally, this.#end);
      await this.#until(() => this.#isIdle, timeout + 2 * sweeping, true);
    });
  }

  /** Ends the run before its time, in order. */
  stop(): void {
    this.#isStopped = true;
    this.#look();
  }

  close(): void {
    this.stop();
    for (const lane of this.#lanes) lane.close();
  }

  get #isIdle(): boolean {
    return this.#lanes.every((lane) => lane.inFlight === 0);
  }

  #makeLoop(): Loop {
    const { depth, rate, workload } = this.#plan;
    const sources = new RequestSources(workload);
    if (rate !== undefined) {
      const source = sources.source(0);
      return new OpenLoop(this.#lanes, depth, () => source.nextBatch(1), rate, this.tally);
    }
    const all = this.#lanes.map((_, index) => sources.source(index));
    return new ClosedLoop(this.#lanes, depth, (index, count) => (all[index] as RequestSource).nextBatch(count));
  }

  /** Lets the loop run while `work` waits. */
  async #run(loop: Loop, work: () => Promise<void>): Promise<void> {
    const sweep = (): void => {
      const before = performance.now() - this.#plan.timeout;
      for (const lane of this.#lanes) lane.sweep(before);
    };
    const sweeper = setInterval(sweep, sweeping);
    this.#loop = loop;
    try {
      loop.start();
      await work();
    } finally {
      loop.stop();
      this.#loop = undefined;
      clearInterval(sweeper);
    }
  }

  /**
   * Fulfils when `isDone` tells so, after `ms`, or when the run is stopped. `always`: also of a run that is stopped.
   */
  #until(isDone: (() => boolean) | undefined, ms?: number, always = false): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#look = () => {};
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(finish, ms);
      this.#look = () => {
        if ((this.#isStopped && !always) || isDone?.() === true) finish();
      };
      this.#look();
    });
  }
}
