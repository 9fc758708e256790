/**
 * Shops in three processes whose pages need a slow database: with plain get and set, then with `memfleet/cache`. A part
 * that every page has expires again and again, rows are edited, and the node of the hot part dies.
 */
import { randomBytes } from 'node:crypto';
import { AwakeTime } from '../awake-time.ts';
import { ConnectionWatch } from '../connection-watch.ts';
import type { Fleet } from '../fleet-of-nodes.ts';
import { LiveView } from '../live-view.ts';
import type { DemoOptions } from '../run.ts';
import type { OwnScene } from '../scene.ts';
import { shopCount } from '../shops/office.ts';
import { shopsPhase } from '../shops/shops-phase.ts';
import type { ShopsRun } from '../shops/shops-run.ts';
import { cacheSummaryText, summarize, type Ways } from '../shops/shops-summary.ts';
import type { Screen } from '../table.ts';
import { pooled } from './pooled.ts';

/** `--cache`. */
export const cache: OwnScene = {
  flag: {
    name: 'cache',
    about: 'pages that need a database, in three processes: plain get and set, then memfleet/cache',
    conflicts: ['proxy', 'couchbase'],
  },
  play: async (options, screen, signal) => {
    const lost: string[] = [];
    const fleet = await pooled.openFleet(options, (name, why) => lost.push(`${name}: ${why}`));
    const ends: (() => void)[] = [];
    try {
      signal.throwIfAborted();
      const { run, end } = await openRun(fleet, options, screen, signal);
      ends.push(end);
      const both = await playBoth(run, (why) => lost.push(`a shop: ${why}`));
      const summary = summarize(run, both, lost);
      return { ok: summary.ok, text: (paint) => cacheSummaryText(summary, paint), json: summary };
    } finally {
      for (const end of ends) end();
      await fleet.close();
    }
  },
};

async function openRun(
  fleet: Fleet,
  options: DemoOptions,
  screen: Screen,
  signal: AbortSignal,
): Promise<{ readonly run: ShopsRun; readonly end: () => void }> {
  const watch = await ConnectionWatch.open(fleet);
  const time = new AwakeTime();
  const view = new LiveView(screen, fleet.names.length, 'loads');
  const startedAt = performance.now();
  const run: ShopsRun = {
    options,
    schedule: pooled.makeSchedule(options, fleet),
    fleet,
    watch,
    view,
    prefix: `shop:${randomBytes(3).toString('hex')}:`,
    time,
    signal,
    elapsed: () => (performance.now() - startedAt) / 1000,
  };
  const end = (): void => {
    view.close();
    watch.close();
    time.stop();
  };
  return { run, end };
}

async function playBoth(run: ShopsRun, onLost: (why: string) => void): Promise<Ways> {
  const { view, options, elapsed, fleet } = run;
  const { callers, think, seed } = options;
  let title = 'plain get and set';
  view.line(`memfleet demo: ${shopCount} shops, each a process, whose pages need a slow database`);
  view.line(`  nodes    ${fleet.names.map((name, index) => `${index + 1} = ${name}`).join('  ')}`);
  view.line(
    `  callers  ${callers} in all, ${think === 0 ? 'one page after another' : `a page each every ${think} ms`}; seed ${seed}`,
  );
  view.line();
  const bar = setInterval(() => {
    const now = Math.min(elapsed(), options.seconds);
    view.progress(now / options.seconds, `${Math.floor(now)} of ${options.seconds} s · ${title}`);
  }, 200);
  try {
    view.titles();
    view.event(elapsed(), 'plain get and set: what is missing is loaded and stored');
    const plain = await shopsPhase(run, 'plain', onLost);
    title = 'memfleet/cache';
    view.line();
    view.event(elapsed(), 'the same again, from an empty cache, with getOrSet of memfleet/cache');
    return { plain, cache: await shopsPhase(run, 'cache', onLost) };
  } finally {
    clearInterval(bar);
  }
}
