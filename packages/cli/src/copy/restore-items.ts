/**
 * `memfleet restore`:
 *
 *   FILE ─ blocks ─▶ items that match and have not expired ─▶ store ─▶ outcome
 *
 * A file that is truncated or damaged gives its items up to the fault; then the command fails.
 */
import { createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { readSnapshot, type SnapshotItem } from 'memfleet/snapshot';
import { fail, reasonOf } from '../failure.ts';
import type { FleetArguments } from '../fleet/fleet-options.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { textOf } from '../fleet/key-text.ts';
import { runLanes } from './lanes.ts';
import { NodeShares } from './node-shares.ts';
import { PartialOutcome } from './outcome.ts';
import { openFleet, Run } from './run.ts';
import type { CopiedItem } from './source.ts';
import { Target } from './target.ts';
import type { TransferOptions } from './transfer-options.ts';

export interface RestoreOptions extends FleetArguments, TransferOptions {
  readonly replace?: true;
}

/** A file that is read, and how far. */
class SnapshotFile {
  readonly #path: string;
  readonly length: number | undefined;
  position = 0;

  /** `-` is standard input. Throws UsageError for a file that cannot be read. */
  constructor(path: string) {
    this.#path = path;
    if (path === '-') return;
    try {
      const stats = statSync(path);
      if (stats.isDirectory()) fail(`cannot read ${path}: it is a directory`);
      this.length = stats.isFile() ? stats.size : undefined;
    } catch (error) {
      this.#refuse(error);
    }
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const stream: Readable = this.#path === '-' ? process.stdin : createReadStream(this.#path);
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        this.position += chunk.length;
        yield chunk;
      }
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): never {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    fail(`cannot read ${this.#path}: ${reasonOf(error)}`);
  }
}

async function* batchesOf(
  blocks: AsyncIterable<readonly SnapshotItem[]>,
  length: number,
): AsyncGenerator<readonly SnapshotItem[], void, undefined> {
  for await (const items of blocks)
    for (let at = 0; at < items.length; at += length) yield items.slice(at, at + length);
}

/** What the target would receive of an item; undefined where that is nothing. */
function wantedItem(item: SnapshotItem, options: RestoreOptions, outcome: PartialOutcome): CopiedItem | undefined {
  const { key, value, flags, cas, exptime } = item;
  if (options.match?.matches(textOf(key)) === false) return undefined;
  const expiresAt = exptime === 0 ? Infinity : exptime;
  if (expiresAt > Date.now() / 1000) return { key, bytes: value, flags, cas, expiresAt };
  outcome.skip({ key, reason: 'expired' });
  return undefined;
}

/** Runs the command. */
export async function restoreItems(path: string, options: RestoreOptions): Promise<void> {
  const file = new SnapshotFile(path);
  const fleet = openFleet(options);
  const run = new Run(options);
  run.show(() => ({ done: file.position, total: file.length, unit: 'bytes' }));
  const restore = options.dryRun === true ? planItems : storeItems;
  try {
    await restore(run, fleet, file, options);
  } finally {
    await run.end();
    await fleet.client.close();
  }
}

async function storeItems(run: Run, fleet: Fleet, file: SnapshotFile, options: RestoreOptions): Promise<void> {
  const target = new Target(fleet, options.replace === true, run.persistence);
  const storeBatch = async (items: readonly SnapshotItem[]): Promise<PartialOutcome> => {
    const outcome = new PartialOutcome();
    await run.pacer.take(items.length);
    const storeOne = async (item: SnapshotItem): Promise<void> => {
      const wanted = wantedItem(item, options, outcome);
      if (wanted !== undefined) await target.store(wanted, target.casOf(wanted.key), outcome);
    };
    await Promise.all(items.map(storeOne));
    return outcome;
  };
  const batches = batchesOf(readSnapshot(file.chunks()), run.batchLength);
  try {
    await runLanes(
      batches,
      storeBatch,
      (_, outcome) => run.outcome.take(outcome),
      () => run.isStopped,
    );
  } finally {
    await run.end();
    run.tell('restored', '; the same command continues, as items that exist are kept');
  }
}

async function planItems(run: Run, fleet: Fleet, file: SnapshotFile, options: RestoreOptions): Promise<void> {
  const shares = await NodeShares.of(fleet);
  let [items, bytes] = [0, 0];
  try {
    for await (const some of readSnapshot(file.chunks())) {
      const outcome = new PartialOutcome();
      for (const item of some) {
        const wanted = wantedItem(item, options, outcome);
        if (wanted === undefined) continue;
        shares.count(wanted.key);
        items++;
        bytes += wanted.bytes.length;
      }
      run.outcome.take(outcome);
    }
  } finally {
    await run.end();
    run.tellPlan({ verb: 'restore', items, bytes, nodes: shares.list() });
  }
}
