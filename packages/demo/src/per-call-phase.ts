/**
 * The same traffic on the same nodes with a socket a call, for comparison: the same callers with the same seed, a cache
 * that is empty again, the same outages at the same moments, as long as the first phase took.
 */
import type { Row } from './live-view.ts';
import { logEjections, measureOutages, outagesEnd, stopNodes } from './outages.ts';
import type { PooledResult } from './pooled-phase.ts';
import { proxyError } from './proxied.ts';
import { type PhaseResult, type Run, timeoutOf, underTraffic, until } from './run.ts';
import type { PlannedOutage } from './schedule.ts';
import type { Subject } from './subject.ts';
import { TextCache } from './text-cache.ts';

/** `subject` says where a socket for a key has to go: to its node, or to the proxy; nothing is sent through it. */
export async function perCallPhase(run: Run, subject: Subject, pooled: PooledResult): Promise<PhaseResult> {
  const { watch, fleet, options } = run;
  const { meter, log } = measureOutages(run);
  // The proxy ejects nodes for its clients; a socket a call is on its own.
  const ejects = options.proxy === true;
  if (ejects) logEjections(run, subject, log);
  const cache = new TextCache({
    nodeOf: (key) => subject.nodeOf(key),
    timeout: timeoutOf(options),
    ...(ejects ? { errorOf: (line: string) => proxyError(line, fleet.names) } : {}),
  });
  const nodes = async (): Promise<Pick<Row, 'nodes'>> => {
    const counts = await watch.sample();
    if (ejects) return { nodes: subject.stats().nodes };
    return { nodes: counts.map((open, index) => ({ open, state: log.stageOf(fleet.names[index] ?? '') ?? 'alive' })) };
  };
  const begin = run.elapsed() * 1000;
  const plan = { log, begin, outages: alike(run.schedule.outages, pooled), ejects };
  const hung = await underTraffic(run, { name: 'percall', cache, meter, nodes }, async () => {
    await Promise.all([stopNodes(run, plan), until(run, begin + pooled.measure.seconds * 1000)]);
    await outagesEnd(run, log);
  });
  log.end();
  return {
    meter,
    measure: meter.total(),
    hung,
    outages: log.outages,
    opened: cache.opened,
    peak: cache.peak,
    peakOfNodes: watch.takePeak(),
  };
}

/** The planned outages, each as long as it really was. */
function alike(planned: readonly PlannedOutage[], { outages }: PooledResult): PlannedOutage[] {
  const killed = outages.filter(({ stoppedAt }) => stoppedAt !== undefined);
  return planned.map((outage, index) => {
    const { stoppedAt = 0, restartedAt } = killed[index] ?? {};
    return restartedAt === undefined ? outage : { ...outage, downFor: (restartedAt - stoppedAt) * 1000 };
  });
}
