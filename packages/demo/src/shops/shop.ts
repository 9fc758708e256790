/**
 * One shop: serves pages, and says of each part whether it is right.
 *
 *   page ─▶ its parts, side by side: from the fleet, or from the database ─▶ stamp of each ─▶ right, wrong or stale
 */
import type { Random } from '../random.ts';
import { readStamp, stampValue } from '../stamp.ts';
import { drawPage, type Part } from './catalogue.ts';
import type { Pages } from './messages.ts';

/** Gives the version of a key in the database. Rejects when the database refuses. */
export type Query = (key: string) => Promise<number>;

/** Gives the value of a part; `load` makes it. */
export type ReadPart = (part: Part, load: () => Promise<Uint8Array>) => Promise<Uint8Array>;

/** The database had no connection for a query. */
export class DatabaseBusyError extends Error {
  override readonly name = 'DatabaseBusyError';
}

/** What a shop is made of. */
export interface ShopOptions {
  readonly prefix: string;
  readonly hotKey: string;
  readonly query: Query;
  readonly read: ReadPart;
}

/** Examples that a report has at most. */
const shown = 5;

/** Serves pages. */
export class Shop {
  readonly #options: ShopOptions;
  /** Versions that pages must have at least: of edits whose delete was answered. */
  readonly #floors = new Map<string, number>();
  #report: { durations: number[]; failed: number; wrong: number; stale: number; examples: string[] } = empty();

  constructor(options: ShopOptions) {
    this.#options = options;
  }

  /** Pages that begin from now on must not show an older version. */
  raise(key: string, version: number): void {
    this.#floors.set(key, Math.max(version, this.#floors.get(key) ?? 0));
  }

  /** Serves one page. Never rejects. */
  async page(random: Random): Promise<void> {
    const { prefix, hotKey } = this.#options;
    const startedAt = performance.now();
    const parts = await Promise.all(drawPage(prefix, hotKey, random).map((part) => this.#part(part)));
    const report = this.#report;
    report.durations.push(Math.round((performance.now() - startedAt) * 100) / 100);
    for (const name of ['failed', 'wrong', 'stale'] as const) if (parts.includes(name)) report[name]++;
  }

  /** The pages since the last report. */
  takeReport(): Pages {
    const report = this.#report;
    this.#report = empty();
    return report;
  }

  async #part(part: Part): Promise<'right' | 'wrong' | 'stale' | 'failed'> {
    const { query, read } = this.#options;
    const floor = this.#floors.get(part.key) ?? 0;
    let value: Uint8Array;
    try {
      value = await read(part, async () => stampValue(part.key, await query(part.key), part.size));
    } catch (error) {
      if (!isBusy(error)) this.#show(String(error));
      return 'failed';
    }
    const stamp = readStamp(value);
    if (typeof stamp === 'string') return this.#bad('wrong', `${part.key} ${stamp}`);
    if (stamp.key !== part.key) return this.#bad('wrong', `${part.key}: got the value of ${stamp.key}`);
    if (stamp.version >= floor) return 'right';
    return this.#bad(
      'stale',
      `${part.key}: version ${stamp.version} although ${floor} was stored before the page began`,
    );
  }

  #bad(what: 'wrong' | 'stale', example: string): 'wrong' | 'stale' {
    this.#show(example);
    return what;
  }

  #show(example: string): void {
    if (this.#report.examples.length < shown) this.#report.examples.push(example);
  }
}

/** Of this process, or of the one that ran the loader. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && [error.name, error.message].some((text) => text.includes('DatabaseBusyError'));
}

function empty(): { durations: number[]; failed: number; wrong: number; stale: number; examples: string[] } {
  return { durations: [], failed: 0, wrong: 0, stale: 0, examples: [] };
}
