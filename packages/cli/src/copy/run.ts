/**
 * What a run of `copy`, `dump` or `restore` has: its fleets, its clock, its signals, and how it tells what came out.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { constants } from 'node:os';
import { finished } from 'node:stream/promises';
import { exitCodes, fail, reasonOf } from '../failure.ts';
import { clientOptionsOf, type FleetArguments } from '../fleet/fleet-options.ts';
import { Fleet } from '../fleet/fleet.ts';
import { textOf } from '../fleet/key-text.ts';
import { LineWriter } from '../line-writer.ts';
import { onStop } from '../signals.ts';
import { formatSize } from '../sizes.ts';
import type { TerminalLine } from '../terminal-line.ts';
import { itemsIn, Outcome, type OutcomeCounts, type SkippedItem } from './outcome.ts';
import { Pacer, realTime } from './pacer.ts';
import { Persistence } from './persistence.ts';
import { type ProgressFacts, progressLine } from './progress-line.ts';
import type { TransferOptions } from './transfer-options.ts';

/** A fleet whose items pass as they are, whatever their size. */
export function openFleet(given: FleetArguments): Fleet {
  return new Fleet({ ...clientOptionsOf(given), maxItemSize: largestItem }, true);
}

/** memcached's largest item is 1 GB. */
const largestItem = 1024 ** 3;

/** Batches are short enough that a signal ends them soon. */
const mostKeys = 200;

/** What a run without `--dry-run` would do. */
export interface Plan {
  readonly verb: 'copy' | 'dump' | 'restore';
  readonly items: number;
  readonly bytes: number;
  /** The nodes that would receive items, with their number. */
  readonly nodes: readonly (readonly [node: string, items: number])[];
}

/** One run. */
export class Run {
  readonly options: TransferOptions;
  readonly pacer: Pacer;
  readonly persistence: Persistence;
  readonly outcome: Outcome;
  /** Nodes that did not list their keys, with their messages. */
  unlisted: readonly string[] = [];
  readonly #startedAt = performance.now();
  #report: Report | undefined;
  readonly #release: () => void;
  #signal: NodeJS.Signals | undefined;
  #progress: TerminalLine | undefined;

  constructor(options: TransferOptions, before?: OutcomeCounts) {
    this.options = options;
    this.pacer = new Pacer(options.rate);
    this.persistence = new Persistence(options.retryFor * 1000, realTime);
    this.#report = options.report === undefined ? undefined : new Report(options.report, before !== undefined);
    this.outcome = new Outcome((item) => this.#report?.add(item), before);
    this.#release = onStop((signal) => {
      // The second one ends the process at once.
      this.#release();
      this.#signal = signal;
      this.persistence.isOver = true;
    });
  }

  /** A signal has asked for the end. */
  get isStopped(): boolean {
    return this.#signal !== undefined;
  }

  /** Keys in a batch. */
  get batchLength(): number {
    const { rate } = this.options;
    return rate === undefined ? mostKeys : Math.min(mostKeys, Math.max(1, Math.floor(rate / 10)));
  }

  /** From now on the terminal shows the progress, until `end`. */
  show(facts: () => ProgressFacts): void {
    this.#progress?.end();
    this.#progress = progressLine(facts);
  }

  /** The terminal shows no progress any more, signals act as usual, and the report is whole. */
  async end(): Promise<void> {
    this.#progress?.end();
    this.#progress = undefined;
    this.#release();
    const report = this.#report;
    this.#report = undefined;
    await report?.end();
  }

  /** Prints what would be done, and sets the exit code. */
  tellPlan({ verb, items, bytes, nodes }: Plan): void {
    const { skipped } = this.outcome.counts;
    const lines =
      this.options.json === true
        ? [JSON.stringify({ items, bytes, nodes: Object.fromEntries(nodes), skipped, unlisted: this.unlisted })]
        : [
            `would ${verb} ${itemsIn(items)}, ${formatSize(bytes)}`,
            ...nodes.map(([node, count]) => `  ${count.toLocaleString('en-US')} to ${node}`),
            ...this.outcome.lines('', 0).slice(1),
          ];
    process.stdout.write(`${lines.join('\n')}\n`);
    this.#tellUnlisted();
  }

  #tellUnlisted(): void {
    for (const message of this.unlisted) process.stderr.write(`memfleet: ${message}\n`);
    if (this.outcome.hasFailures || this.unlisted.length > 0) process.exitCode = exitCodes.failed;
  }

  /** Prints the result, and sets the exit code. `done`: what happened to an item. `hint`: how to continue. */
  tell(done: string, hint: string, isToStderr = false): void {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const { outcome, unlisted } = this;
    const isComplete = !this.isStopped && unlisted.length === 0;
    const result = { ...outcome.counts, unlisted, isComplete, seconds: Math.round(seconds * 1000) / 1000 };
    const lines = this.options.json === true ? [JSON.stringify(result)] : outcome.lines(done, seconds);
    (isToStderr ? process.stderr : process.stdout).write(`${lines.join('\n')}\n`);
    this.#tellUnlisted();
    if (this.#signal === undefined) return;
    process.stderr.write(`memfleet: stopped by ${this.#signal}${hint}\n`);
    process.exitCode = 128 + constants.signals[this.#signal];
  }
}

/** Every item that was left out, as JSON. */
class Report {
  readonly #stream: WriteStream;
  readonly #lines: LineWriter;
  readonly #path: string;

  constructor(path: string, isContinued: boolean) {
    this.#path = path;
    this.#stream = createWriteStream(path, { flags: isContinued ? 'a' : 'w' });
    // Told by `end`.
    this.#stream.on('error', () => {});
    this.#lines = new LineWriter(this.#stream);
  }

  add({ key, reason, detail }: SkippedItem): void {
    this.#lines.write(JSON.stringify({ key: textOf(key), reason, detail }));
  }

  async end(): Promise<void> {
    this.#lines.flush();
    this.#stream.end();
    try {
      await finished(this.#stream);
    } catch (error) {
      fail(`--report: cannot write ${this.#path}: ${reasonOf(error)}`);
    }
  }
}
