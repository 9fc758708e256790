/** What a run shows on a terminal while it goes on. */
import { duration, shortCount } from '../amounts.ts';
import { TerminalLine } from '../terminal-line.ts';
import { formatMicroseconds } from './summary.ts';
import type { Tally } from './tally.ts';

/** Ms between two pictures. */
const interval = 500;

/** What the line shows. Times in ms. */
export interface LiveFacts {
  readonly tally: Tally;
  readonly elapsed: number;
  readonly planned?: number | undefined;
}

/** Requests a second since the last picture, percentiles of the whole run. */
export function liveText({ tally, elapsed, planned }: LiveFacts, rate: number): string {
  if (elapsed === 0) return 'warming up';
  const latencies = tally.latencies();
  const [p50, p99] = [50, 99].map((percent) => formatMicroseconds(latencies.percentile(percent)));
  const parts = [
    duration(elapsed / 1000),
    `${shortCount(rate)}/s`,
    `p50 ${p50}`,
    `p99 ${p99}`,
    ...(tally.failures === 0 ? [] : [`${shortCount(tally.failures)} failed`]),
    ...(tally.wrong === 0 ? [] : [`${shortCount(tally.wrong)} WRONG`]),
    ...(planned === undefined ? [] : [`${duration((planned - elapsed) / 1000)} left`]),
  ];
  return parts.join('  ');
}

/** Shows the state of a run from now on, until the line is ended. */
export function liveLine(facts: () => LiveFacts): TerminalLine {
  let before = 0;
  const text = (): string => {
    const now = facts();
    const { requests } = now.tally;
    const rate = ((requests - before) / interval) * 1000;
    before = requests;
    return liveText(now, rate);
  };
  return new TerminalLine(text, interval);
}
