/** The lines of the log of the last minutes, bounded. */
import type { LogLine } from './snapshot.ts';

/** Bounds of what is kept. `age` in ms. */
const bounds = { lines: 500, age: 15 * 60_000, length: 2000 } as const;

/** Fields that the page shows elsewhere, or that say nothing there. */
const ownFields: ReadonlySet<string> = new Set(['level', 'time', 'message', 'pid']);

/** Keeps the last lines of the log. */
export class RecentLog {
  #lines: LogLine[] = [];
  #taken = 0;
  #count = 0;

  /** Adds a line in JSON, as the logger writes it. */
  add(json: string): void {
    const line = parse(json);
    if (line === undefined) return;
    this.#lines.push(line);
    this.#count++;
    if (this.#lines.length > bounds.lines) this.#lines.shift();
  }

  /** Those that were taken and are kept. */
  taken(now: number): readonly LogLine[] {
    this.#lines = this.#lines.filter(({ at }) => at > now - bounds.age);
    return this.#lines.slice(0, this.#lines.length - this.#fresh);
  }

  /** Those that came since the last call. */
  takeNew(): readonly LogLine[] {
    const lines = this.#lines.slice(this.#lines.length - this.#fresh);
    this.#taken = this.#count;
    return lines;
  }

  get #fresh(): number {
    return Math.min(this.#count - this.#taken, this.#lines.length);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parse(json: string): LogLine | undefined {
  try {
    const fields = JSON.parse(json) as Readonly<Record<string, unknown>>;
    const rest = Object.entries(fields).filter(([key]) => !ownFields.has(key));
    return {
      at: Date.parse(String(fields['time'])) || Date.now(),
      level: String(fields['level']),
      message: textOf(fields['message'] ?? '').slice(0, bounds.length),
      fields: rest
        .map(([key, value]) => `${key}=${textOf(value)}`)
        .join(' ')
        .slice(0, bounds.length),
    };
  } catch {
    return undefined;
  }
}
