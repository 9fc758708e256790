/**
 * `memfleet dump`:
 *
 *   nodes ─ list ─▶ key list ─▶ read ─ in the order of the list ─▶ snapshot ─▶ FILE.partial ─ whole ─▶ FILE
 */
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { SnapshotEncoder } from 'memfleet/snapshot';
import { fail, reasonOf, writing } from '../failure.ts';
import type { FleetArguments } from '../fleet/fleet-options.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { type KeyBatch, readKeyList } from './key-list.ts';
import { runLanes } from './lanes.ts';
import { PartialOutcome } from './outcome.ts';
import { openFleet, Run } from './run.ts';
import { checkSource, type CopiedItem, makeList, quietReads, readItem } from './source.ts';
import type { TransferOptions } from './transfer-options.ts';

export type DumpOptions = FleetArguments & TransferOptions;

/** A batch that was read. */
interface ReadBatch {
  readonly outcome: PartialOutcome;
  readonly items: readonly CopiedItem[];
}

/** Where a snapshot is written to: a file that has its name when it is whole, or standard output. */
class Sink {
  readonly #path: string | undefined;
  readonly stream: Writable;
  #failure: Error | undefined;
  #draining: Promise<void> | undefined;

  constructor(path: string | undefined) {
    this.#path = path;
    this.stream =
      path === undefined ? process.stdout : createWriteStream(`${path}.partial`, { mode: 0o600, flush: true });
    this.stream.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** Fulfils when there is room. Throws UsageError when the file cannot be written. */
  async room(): Promise<void> {
    if (this.stream.writableNeedDrain && this.#failure === undefined) await (this.#draining ??= this.#drained());
    this.#check();
  }

  /** All lanes wait for the same event. */
  async #drained(): Promise<void> {
    const end = new AbortController();
    const { signal } = end;
    try {
      await Promise.race([once(this.stream, 'drain', { signal }), once(this.stream, 'close', { signal })]);
    } catch {
      // `#failure` has the error.
    } finally {
      end.abort();
      this.#draining = undefined;
    }
  }

  async keep(): Promise<void> {
    if (this.#path === undefined) return;
    this.stream.end();
    await finished(this.stream).catch(() => {});
    this.#check();
    const path = this.#path;
    writing(path, () => renameSync(`${path}.partial`, path));
  }

  drop(): void {
    if (this.#path === undefined) return;
    this.stream.destroy();
    rmSync(`${this.#path}.partial`, { force: true });
  }

  #check(): void {
    if (this.#failure !== undefined) fail(`cannot write ${this.#path}: ${reasonOf(this.#failure)}`);
  }
}

/** Runs the command. `path`: `-` is standard output. */
export async function dumpItems(path: string, options: DumpOptions): Promise<void> {
  checkSource(options);
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-dump-'));
  const fleet = openFleet(options);
  const run = new Run(options);
  try {
    const list = await makeList(fleet, options, join(folder, 'keys'), run);
    if (options.dryRun === true) {
      await run.end();
      run.tellPlan({ verb: 'dump', items: list.keys, bytes: list.bytes, nodes: [] });
    } else {
      const sink = new Sink(path === '-' ? undefined : path);
      await writeItems(run, fleet, join(folder, 'keys'), list.keys, sink);
      await run.end();
      run.tell('dumped', '; nothing was kept', path === '-');
    }
  } finally {
    await run.end();
    await fleet.client.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeItems(run: Run, fleet: Fleet, keysPath: string, total: number, sink: Sink): Promise<void> {
  const encoder = new SnapshotEncoder();
  let done = 0;
  run.show(() => ({ done, total, unit: 'items' }));
  const readBatch = async ({ keys }: KeyBatch): Promise<ReadBatch> => {
    await run.pacer.take(keys.length);
    await sink.room();
    const outcome = new PartialOutcome();
    const items = await Promise.all(keys.map((listed) => readItem(fleet, listed, run.persistence, outcome)));
    return { outcome, items: items.filter((item) => item !== undefined) };
  };
  const write = ({ keys }: KeyBatch, { outcome, items }: ReadBatch): void => {
    for (const item of items) {
      const bytes = encoder.add(snapshotItemOf(item));
      if (bytes !== undefined) sink.stream.write(bytes);
      outcome.add(item.bytes.length);
    }
    done += keys.length;
    run.outcome.take(outcome);
  };
  try {
    sink.stream.write(encoder.begin(Math.floor(Date.now() / 1000)));
    await fleet.by(quietReads, () =>
      runLanes(readKeyList(keysPath, 0, run.batchLength), readBatch, write, () => run.isStopped),
    );
    if (run.isStopped) sink.drop();
    else {
      sink.stream.write(encoder.end());
      await sink.keep();
    }
  } catch (error) {
    sink.drop();
    throw error;
  }
}

function snapshotItemOf({ key, bytes, flags, cas, expiresAt }: CopiedItem): Parameters<SnapshotEncoder['add']>[0] {
  const exptime = expiresAt === Infinity ? 0 : Math.round(expiresAt);
  // The meta protocol carries such keys in base64 only.
  const isBase64 = key.some((byte) => byte <= 0x20 || byte === 0x7f);
  return { key, value: bytes, flags, cas, exptime, isBase64 };
}
