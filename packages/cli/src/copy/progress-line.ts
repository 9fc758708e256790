/** One line on a terminal that is written over again and again: a bar, the rate, the time that is left. */

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

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** The line as a text. `seconds`, `rate`: since the run began, in units a second. */
export function progressText({ done, total, unit }: ProgressFacts, rate: number): string {
  const speed = `${shortCount(rate)}/s`;
  if (total === undefined || total === 0) return `${shortCount(done)} ${unit}  ${speed}`;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * width);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]`;
  const left = rate > 0 ? `  ${duration((total - done) / rate)} left` : '';
  return `${bar} ${Math.floor(share * 100)} %  ${shortCount(done)} of ${shortCount(total)} ${unit}  ${speed}${left}`;
}

/** 812, 45k, 1.2M. */
export function shortCount(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  return value >= 1e4 ? `${(value / 1e3).toFixed(0)}k` : String(Math.round(value));
}

/** `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Shows the progress on a terminal; does nothing elsewhere. */
export class ProgressLine {
  readonly #stream: Terminal;
  readonly #facts: () => ProgressFacts;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #startedAt = performance.now();
  readonly #doneBefore: number;

  constructor(facts: () => ProgressFacts, stream: Terminal = process.stderr) {
    this.#stream = stream;
    this.#facts = facts;
    this.#doneBefore = facts().done;
    if (stream.isTTY !== true) return;
    this.#timer = setInterval(() => this.#draw(), interval);
    this.#timer.unref();
  }

  /** Clears the line. */
  end(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#stream.write('\r\u001b[K');
  }

  #draw(): void {
    const facts = this.#facts();
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const text = progressText(facts, (facts.done - this.#doneBefore) / seconds);
    this.#stream.write(`\r\u001b[K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }
}
