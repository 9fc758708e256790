/**
 * The database behind the shops: it has the truth, and few connections.
 *
 *   query ─▶ waits for a connection ─ longer than the patience ─▶ refused
 *              └▶ the version is read ─▶ takes its time ─▶ answered
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** What a database is made of. */
export interface DatabaseOptions {
  /** Milliseconds awake. */
  readonly now: () => number;
  /** Queries at once. @default 8 */
  readonly connections?: number;
  /** Milliseconds of a query. @default 40 */
  readonly queryTime?: number;
  /** Milliseconds that a query waits for a connection. @default 2000 */
  readonly patience?: number;
}

interface Waiting {
  readonly since: number;
  readonly grant: (isGranted: boolean) => void;
}

/** Versions of rows. */
export class Database {
  readonly #now: () => number;
  readonly #queryTime: number;
  readonly #patience: number;
  readonly #versions = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  readonly #sweep: NodeJS.Timeout;
  #free: number;

  constructor({ now, connections = 8, queryTime = 40, patience = 2000 }: DatabaseOptions) {
    this.#now = now;
    this.#free = connections;
    this.#queryTime = queryTime;
    this.#patience = patience;
    this.#sweep = setInterval(() => this.#refuseLate(), 20);
  }

  /** The version of a row; undefined when no connection became free in time. */
  async query(key: string): Promise<number | undefined> {
    if (!(await this.#connection())) return undefined;
    const version = this.#versions.get(key) ?? 1;
    await sleep(this.#queryTime);
    this.#release();
    return version;
  }

  /** Changes a row; gives its new version. */
  edit(key: string): number {
    const version = (this.#versions.get(key) ?? 1) + 1;
    this.#versions.set(key, version);
    return version;
  }

  /** Refuses whoever waits. */
  close(): void {
    clearInterval(this.#sweep);
    for (const { grant } of this.#waiting.splice(0)) grant(false);
  }

  #connection(): Promise<boolean> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve(true);
    }
    return new Promise((grant) => this.#waiting.push({ since: this.#now(), grant }));
  }

  #release(): void {
    this.#refuseLate();
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next.grant(true);
  }

  #refuseLate(): void {
    const oldest = this.#now() - this.#patience;
    const late = this.#waiting.findIndex(({ since }) => since > oldest);
    for (const { grant } of this.#waiting.splice(0, late < 0 ? this.#waiting.length : late)) grant(false);
  }
}
