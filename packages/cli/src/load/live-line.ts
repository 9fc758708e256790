/** What a run shows on a terminal while it goes on. */
import { duration, shortCount } from '../copy/progress-line.ts';
import { formatMicroseconds } from './summary.ts';
import type { Tally } from './tally.ts';

const interval = 500;

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

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

/** Shows the line on a terminal; does nothing elsewhere. */
export class LiveLine {
  readonly #stream: Terminal;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(facts: () => LiveFacts, stream: Terminal = process.stderr) {
    this.#stream = stream;
    if (stream.isTTY !== true) return;
    let before = 0;
    const draw = (): void => {
      const now = facts();
      const { requests } = now.tally;
      const text = liveText(now, ((requests - before) / interval) * 1000);
      before = requests;
      stream.write(`\r\u001b[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
    };
    this.#timer = setInterval(draw, interval);
    this.#timer.unref();
  }

  /** Clears the line. */
  end(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#stream.write('\r\u001b[K');
  }
}
