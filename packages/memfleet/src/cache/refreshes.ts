import type { Clock } from '../base/clock.ts';
import type { CacheCounters } from './counters.ts';
import { LoaderFailedElsewhereError } from './errors.ts';
import type { Asked, LeaseTaker } from './lease/lease-taker.ts';
import type { Loading, LoadRequest } from './loading.ts';
import { type Loads, versionsOf } from './loads.ts';
import type { Look } from './look.ts';
import type { Reports } from './reports.ts';

/** What refreshes need. */
export interface RefreshParts {
  readonly clock: Clock;
  readonly counters: CacheCounters;
  readonly loads: Loads;
  readonly loading: Loading;
  readonly taker: LeaseTaker;
  readonly reports: Reports;
  /** Seconds. */
  readonly leaseTtl: number;
}

/** Keys whose lease was asked for a moment ago, at most. */
const mostAsks = 10_000;

/**
 * Refreshes values behind callers that have the old one already. While another process holds the lease, this process
 * asks for it four times in the life of a lease.
 */
export class Refreshes {
  readonly #parts: RefreshParts;
  /** Key → when this process asks again. */
  readonly #asks = new Map<string, number>();

  constructor(parts: RefreshParts) {
    this.#parts = parts;
  }

  /** `look`: the old value. */
  begin(request: LoadRequest, look: Look): void {
    const { clock, loads, leaseTtl } = this.#parts;
    const { wire } = request;
    const now = clock.now();
    if (loads.find(wire) !== undefined || (this.#asks.get(wire) ?? 0) > now) return;
    this.#noteAsk(wire, now + leaseTtl * 250);
    // Nobody waits for it: what goes wrong is reported.
    this.#run(request, look).catch(() => {});
  }

  async #run(request: LoadRequest, look: Look): Promise<void> {
    const { counters, loads, loading } = this.#parts;
    const asked = await this.#ask(request, look);
    if (asked?.kind !== 'won') return;
    counters.loads.behind++;
    const work = loads.begin(request.wire, versionsOf(request), (run) =>
      loading.withLease(request, run.frame, asked.lease, look.value),
    );
    await work.promise;
    this.#asks.delete(request.wire);
  }

  async #ask(request: LoadRequest, look: Look): Promise<Asked | undefined> {
    try {
      return await this.#parts.taker.ask(request, look);
    } catch (error) {
      if (!(error instanceof LoaderFailedElsewhereError)) this.#parts.reports.hidden(error, request.key);
      return undefined;
    }
  }

  /** The oldest comes first, and gives way when there are too many. */
  #noteAsk(key: string, until: number): void {
    this.#asks.delete(key);
    if (this.#asks.size >= mostAsks) for (const oldest of this.#asks.keys()) if (this.#asks.delete(oldest)) break;
    this.#asks.set(key, until);
  }
}
