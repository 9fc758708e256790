/** The same traffic on the same nodes with a socket a call, for comparison. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Meter } from './meter.ts';
import { proxyError } from './proxied.ts';
import { type PhaseResult, type Run, timeoutOf, underTraffic } from './run.ts';
import type { Subject } from './subject.ts';
import { TextCache } from './text-cache.ts';

/** `subject` says where a socket for a key has to go: to its node, or to the proxy; nothing is sent through it. */
export async function perCallPhase(run: Run, subject: Subject): Promise<PhaseResult> {
  const { watch, fleet, options, schedule, signal } = run;
  const meter = new Meter();
  const cache = new TextCache({
    nodeOf: (key) => subject.nodeOf(key),
    timeout: timeoutOf(options),
    ...(options.proxy ? { errorOf: (line: string) => proxyError(line, fleet.names) } : {}),
  });
  const nodes = async () => ({ nodes: (await watch.sample()).map((open) => ({ open, state: 'alive' })) });
  const hung = await underTraffic(run, { cache, meter, nodes }, () => sleep(schedule.perCall, undefined, { signal }));
  return { meter, measure: meter.total(), hung, opened: cache.opened, peak: cache.peak, peakOfNodes: watch.takePeak() };
}
