/** How far a run is: a bar, the rate, the time that is left. */
import { duration, shortCount } from '../amounts.ts';
import { TerminalLine } from '../terminal-line.ts';

const width = 24;
/** Ms between two pictures. */
const interval = 200;

/** What the line shows. `unit`: what is counted. */
export interface ProgressFacts {
  readonly done: number;
  /** Undefined: nobody knows how many there are. */
  readonly total?: number | undefined;
  readonly unit: string;
}

/** The line as a text. `rate`: since the run began, in units a second. */
export function progressText({ done, total, unit }: ProgressFacts, rate: number): string {
  const speed = `${shortCount(rate)}/s`;
  if (total === undefined || total === 0) return `${shortCount(done)} ${unit}  ${speed}`;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * width);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]`;
  const left = rate > 0 ? `  ${duration((total - done) / rate)} left` : '';
  return `${bar} ${Math.floor(share * 100)} %  ${shortCount(done)} of ${shortCount(total)} ${unit}  ${speed}${left}`;
}

/** Shows the progress from now on, until the line is ended. */
export function progressLine(facts: () => ProgressFacts): TerminalLine {
  const startedAt = performance.now();
  const { done: doneBefore } = facts();
  const text = (): string => {
    const now = facts();
    const seconds = (performance.now() - startedAt) / 1000;
    return progressText(now, (now.done - doneBefore) / seconds);
  };
  return new TerminalLine(text, interval);
}
