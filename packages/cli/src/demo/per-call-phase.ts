/** The same traffic on the same nodes with a socket a call, for comparison. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'memfleet';
import { type Measure, Meter } from './meter.ts';
import { callTimeout, openShop, type Run } from './run.ts';
import { SocketPerCall } from './socket-per-call.ts';

/** What came of it. */
export interface PerCallResult {
  readonly measure: Measure;
  readonly meter: Meter;
  readonly hung: number;
  /** Connections that were opened in all, and the most at once over all nodes. */
  readonly opened: number;
  readonly peak: number;
}

/** `client` says which node a key belongs to; nothing is sent through it. */
export async function perCallPhase(run: Run, client: Client<Uint8Array>): Promise<PerCallResult> {
  const meter = new Meter();
  const cache = new SocketPerCall({ nodeOf: (key) => client.nodeOf(key), timeout: callTimeout });
  const traffic = openShop(run, cache, meter);
  const showRow = async (): Promise<void> => {
    const measure = meter.sample();
    const counts = await run.watch.sample();
    run.view.row({ time: run.elapsed(), measure, nodes: counts.map((open) => ({ open, state: 'alive' })) });
  };
  const rows = setInterval(() => void showRow(), 1000);
  let hung = 0;
  try {
    await sleep(run.schedule.perCall, undefined, { signal: run.signal });
  } finally {
    clearInterval(rows);
    hung = await traffic.stop();
  }
  return { measure: meter.total(), meter, hung, opened: cache.opened, peak: cache.peak };
}
