/**
 * One run: nodes, traffic over pooled connections with a node dying in the middle, the same traffic and the same death
 * with a socket per call, the verdict.
 *
 *   nodes up ─▶ all answer? ─▶ pooledPhase ─▶ perCallPhase ─▶ subject closes ─▶ nodes down ─▶ summary
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwakeTime } from './awake-time.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { seconds } from './figures.ts';
import { Findings } from './findings.ts';
import { Ledger } from './ledger.ts';
import { LiveView } from './live-view.ts';
import { perCallPhase, type PhaseResult, pooledPhase } from './phase.ts';
import type { DemoOptions, Run } from './run.ts';
import type { Scene, Subject } from './scene.ts';
import { makeSummary, type Summary } from './summary.ts';
import type { Screen } from './table.ts';
import { Tally } from './tally.ts';

/** Runs a scene. Rejects with an AbortError when the signal fires; nothing is left running in any case. */
export async function runDemo(
  scene: Scene,
  options: DemoOptions,
  screen: Screen,
  signal: AbortSignal,
): Promise<Summary> {
  const lostNodes: string[] = [];
  const fleet = await scene.openFleet(options, (name, why) => lostNodes.push(`${name}: ${why}`));
  const time = new AwakeTime();
  const ends = [() => time.stop()];
  try {
    signal.throwIfAborted();
    const watch = await ConnectionWatch.open(fleet);
    ends.push(() => watch.close());
    const schedule = scene.makeSchedule(options, fleet);
    const joining = schedule.rebalances.filter(({ change }) => change === 'add').length;
    const view = new LiveView(screen, fleet.names.length + joining, fleet.cluster === undefined ? 'calls' : 'map');
    ends.push(() => view.close());
    const ledger = new Ledger();
    const prefix = `shop:${randomBytes(3).toString('hex')}:`;
    const checker = { ledger, tally: new Tally(ledger), findings: new Findings() };
    const calls = { timeout: scene.timeout, isRelayed: scene.through === 'proxy' };
    return await perform(
      scene,
      { options, schedule, fleet, watch, view, prefix, ...checker, time, ...calls, signal },
      lostNodes,
    );
  } finally {
    for (const end of ends.reverse()) end();
    await fleet.close();
  }
}

async function perform(scene: Scene, parts: Omit<Run, 'elapsed'>, lostNodes: readonly string[]): Promise<Summary> {
  const { options, schedule, view } = parts;
  let startedAt = performance.now();
  const run: Run = { ...parts, elapsed: () => (performance.now() - startedAt) / 1000 };
  introduce(scene, run);
  const subject = await scene.openSubject(run);
  startedAt = performance.now();
  let { title } = scene;
  const bar = setInterval(() => {
    const now = Math.min(run.elapsed(), options.seconds);
    view.progress(now / options.seconds, `${Math.floor(now)} of ${options.seconds} s · ${title}`);
  }, 200);
  try {
    view.titles();
    const pooled = await pooledPhase(run, subject);
    let perCall: PhaseResult | undefined;
    if (schedule.hasPerCall) {
      title = 'a socket per call';
      view.line();
      view.event(run.elapsed(), scene.again);
      perCall = await perCallPhase(run, subject, pooled);
    }
    const isClosed = await closes(subject, scene.timeout);
    return makeSummary({ run, scene, subject, pooled, perCall, isClosed, lostNodes });
  } finally {
    clearInterval(bar);
    subject.destroy();
  }
}

const kinds = {
  embedded: (count: number) => `${count} embedded nodes, each a process`,
  memcached: (count: number) => `${count} memcached processes`,
  simulated: (count: number) => `a simulated Couchbase cluster of ${count} nodes`,
  given: (count: number) => (count === 1 ? 'a node of yours' : `${count} nodes of yours`),
};

function introduce({ through, bound, timeout, introduction }: Scene, { fleet, view, options, schedule }: Run): void {
  const { callers, seed, think } = options;
  const names = fleet.names.map((name, index) => `${index + 1} = ${name}`);
  const pause = think === 0 ? 'one page after another' : `a page each every ${think} ms`;
  const lines = [
    `memfleet demo: a web shop's cache traffic on ${kinds[fleet.kind](names.length)}`,
    `  nodes    ${names.join('  ')}`,
    introduction.nodes?.(fleet),
    `  callers  ${callers}, ${pause}; seed ${seed}`,
    introduction.clients?.(),
    `  ${through.padEnd(6)}   at most ${bound} connections a node, timeout ${timeout} ms, ejection for ${seconds(schedule.ejectTime / 1000)}`,
    '',
  ];
  for (const line of lines) if (line !== undefined) view.line(line);
}

/** Does `close()` end, with nothing left open? */
async function closes(subject: Subject, timeout: number): Promise<boolean> {
  const isClosed = await Promise.race([subject.close().then(() => true), sleep(2 * timeout, false, { ref: false })]);
  return (
    isClosed && subject.stats().nodes.every((node) => node.open + node.connecting + node.inFlight + node.waiting === 0)
  );
}
