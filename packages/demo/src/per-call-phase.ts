/** The same traffic on the same nodes with a socket a call, for comparison. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Measure, Meter } from './meter.ts';
import { proxyError } from './proxied.ts';
import { callTimeout, openShop, type Run } from './run.ts';
import { SocketPerCall } from './socket-per-call.ts';
import type { Subject } from './subject.ts';
import { TextCache } from './text-cache.ts';

/** What came of it. */
export interface PerCallResult {
  readonly measure: Measure;
  readonly meter: Meter;
  readonly hung: number;
  /** Connections that were opened in all, and the most at once over all nodes. */
  readonly opened: number;
  readonly peak: number;
  /** The most that one node had at once, by the nodes. */
  readonly peaksOfNodes: readonly number[];
}

/** `subject` says where a socket for a key has to go: to its node, or to the proxy; nothing is sent through it. */
export async function perCallPhase(run: Run, subject: Subject): Promise<PerCallResult> {
  const meter = new Meter();
  const { names } = run.fleet;
  const sockets = new SocketPerCall({
    nodeOf: (key) => subject.nodeOf(key),
    timeout: run.options.proxy ? 2 * callTimeout : callTimeout,
    ...(run.options.proxy ? { errorOf: (line: string) => proxyError(line, names) } : {}),
  });
  const traffic = openShop(run, new TextCache(sockets), meter);
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
  const peaksOfNodes = run.watch.takePeaks();
  return { measure: meter.total(), meter, hung, opened: sockets.opened, peak: sockets.peak, peaksOfNodes };
}
