/**
 * The main job, shown: nodes, traffic over pooled connections with a node dying in the middle, the same traffic and the
 * same death with a socket a call, the verdict.
 *
 *   nodes up ─▶ all answer? ─▶ pooledPhase ─▶ perCallPhase ─▶ client closes ─▶ nodes down ─▶ summary
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientDefaults } from 'memfleet';
import { Findings } from './audit.ts';
import { AwakeTime } from './awake-time.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { seconds } from './figures.ts';
import { type Fleet, givenFleet, simulateFleet, startFleet } from './fleet-of-nodes.ts';
import { Ledger } from './ledger.ts';
import { LiveView } from './live-view.ts';
import { perCallPhase } from './per-call-phase.ts';
import { openSubject, pooledPhase } from './pooled-phase.ts';
import { proxyBound, socketsToProxy } from './proxied.ts';
import { callTimeout, type DemoOptions, type PhaseResult, type Run } from './run.ts';
import { makeClusterSchedule, makeSchedule } from './schedule.ts';
import type { Subject } from './subject.ts';
import { makeSummary, type Summary } from './summary.ts';
import type { Screen } from './table.ts';
import { Tally } from './tally.ts';

/** Runs the demo. Rejects with an AbortError when the signal fires; nothing is left running in any case. */
export async function runDemo(options: DemoOptions, screen: Screen, signal: AbortSignal): Promise<Summary> {
  const lostNodes: string[] = [];
  const fleet = await openFleet(options, lostNodes);
  const time = new AwakeTime();
  const ends = [() => time.stop()];
  try {
    signal.throwIfAborted();
    const { cluster, names } = fleet;
    const watch = cluster === undefined ? await ConnectionWatch.ofNodes(names) : ConnectionWatch.ofCluster(cluster);
    // A cluster gets one more.
    const view = new LiveView(screen, cluster === undefined ? names.length : names.length + 1, cluster !== undefined);
    ends.push(
      () => watch.close(),
      () => view.close(),
    );
    return await perform({ ...prepare(options, fleet), fleet, watch, view, time, signal }, lostNodes);
  } finally {
    for (const end of ends.reverse()) end();
    await fleet.close();
  }
}

async function openFleet({ nodes, couchbase, real, seconds }: DemoOptions, lostNodes: string[]): Promise<Fleet> {
  if (nodes !== undefined) return givenFleet(nodes);
  const onLost = (name: string, why: string): void => void lostNodes.push(`${name}: ${why}`);
  return couchbase === true
    ? simulateFleet(seconds, onLost)
    : startFleet(real === true ? 'memcached' : 'embedded', onLost);
}

function prepare(
  options: DemoOptions,
  { kind, names }: Fleet,
): Pick<Run, 'options' | 'schedule' | 'prefix' | 'ledger' | 'tally' | 'findings'> {
  const ledger = new Ledger();
  return {
    options,
    schedule: options.couchbase
      ? makeClusterSchedule(options.seconds)
      : makeSchedule(options.seconds, kind === 'given' ? 0 : names.length),
    prefix: `shop:${randomBytes(3).toString('hex')}:`,
    ledger,
    tally: new Tally(ledger),
    findings: new Findings(),
  };
}

async function perform(parts: Omit<Run, 'elapsed'>, lostNodes: readonly string[]): Promise<Summary> {
  const { options, schedule, view } = parts;
  let startedAt = performance.now();
  const run: Run = { ...parts, elapsed: () => (performance.now() - startedAt) / 1000 };
  introduce(run);
  const subject = await openSubject(run);
  startedAt = performance.now();
  let phase = options.proxy ? 'few sockets to the proxy' : 'pooled connections';
  const bar = setInterval(() => {
    const now = Math.min(run.elapsed(), options.seconds);
    view.progress(now / options.seconds, `${Math.floor(now)} of ${options.seconds} s · ${phase}`);
  }, 200);
  try {
    view.titles();
    const pooled = await pooledPhase(run, subject);
    let perCall: PhaseResult | undefined;
    // A cluster does not speak the text protocol of a socket a call.
    if (schedule.perCall > 0) {
      phase = 'a socket per call';
      view.line();
      view.event(
        run.elapsed(),
        options.proxy
          ? 'the same again, from an empty cache, with a socket to the proxy per call'
          : 'the same again, from an empty cache, with a socket per call; columns show open sockets',
      );
      perCall = await perCallPhase(run, subject, pooled);
    }
    const isClosed = await closes(subject);
    return makeSummary({ run, pooled, perCall, isClosed, lostNodes, bound: boundOf(options) });
  } finally {
    clearInterval(bar);
    subject.destroy();
  }
}

/** Connections that a node may have. */
function boundOf({ proxy }: DemoOptions): number {
  return proxy ? proxyBound : clientDefaults.pool.max;
}

const kinds = {
  embedded: (count: number) => `${count} embedded nodes, each a process`,
  memcached: (count: number) => `${count} memcached processes`,
  simulated: (count: number) => `a simulated Couchbase cluster of ${count} nodes`,
  given: (count: number) => (count === 1 ? 'a node of yours' : `${count} nodes of yours`),
};

function introduce({ fleet, view, options, schedule }: Run): void {
  const { callers, seed, think, proxy } = options;
  const names = fleet.names.map((name, index) => `${index + 1} = ${name}`);
  view.line(`memfleet demo: a web shop's cache traffic on ${kinds[fleet.kind](names.length)}`);
  view.line(`  nodes    ${names.join('  ')}`);
  if (fleet.cluster !== undefined)
    view.line(`  map      ${fleet.cluster.vbuckets} vBuckets, one replica of each; columns show connections/vBuckets`);
  const pause = think === 0 ? 'one page after another' : `a page each every ${think} ms`;
  view.line(`  callers  ${callers}, ${pause}; seed ${seed}`);
  if (proxy)
    view.line(`  clients  plain text, ${socketsToProxy} sockets to the proxy for all callers; then a socket per call`);
  const limits = `at most ${boundOf(options)} connections a node, timeout ${callTimeout} ms`;
  view.line(`  ${proxy ? 'proxy ' : 'client'}   ${limits}, ejection for ${seconds(schedule.ejectTime / 1000)}`);
  view.line();
}

/** Does `close()` end, with nothing left open? */
async function closes(subject: Subject): Promise<boolean> {
  const isClosed = await Promise.race([
    subject.close().then(() => true),
    sleep(2 * callTimeout, false, { ref: false }),
  ]);
  return (
    isClosed && subject.stats().nodes.every((node) => node.open + node.connecting + node.inFlight + node.waiting === 0)
  );
}
