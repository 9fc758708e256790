/**
 * `memfleet copy`:
 *
 *   nodes ─ list ─▶ key list ─ batches, some at a time ─▶ read ─▶ store ─▶ outcome
 *                       ▲                                             │
 *                       └── state file: place, counts  ◀──────────────┘
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redactMessage } from 'memfleet/server';
import { fail } from '../failure.ts';
import { clientOptionsOf, type FleetArguments } from '../fleet/fleet-options.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { type KeyBatch, readKeyList } from './key-list.ts';
import { runLanes } from './lanes.ts';
import { NodeShares } from './node-shares.ts';
import { PartialOutcome } from './outcome.ts';
import { openFleet, Run } from './run.ts';
import { checkSource, makeList, quietReads, readItem } from './source.ts';
import { type CopyState, type CopySubject, StateFile } from './state-file.ts';
import { Target } from './target.ts';
import { targetArguments, type TargetOptions, type TransferOptions } from './transfer-options.ts';

export interface CopyOptions extends FleetArguments, TransferOptions, TargetOptions {
  readonly state?: string;
}

/** The same for a copy that continues. */
function subjectOf(options: CopyOptions, sourcePrefix: string, targetPrefix: string): CopySubject {
  return {
    source: redactMessage(options.nodes),
    target: redactMessage(options.target),
    sourcePrefix,
    targetPrefix,
    match: options.match?.text ?? '*',
    replace: options.replace === true,
  };
}

/** Copies the keys of the list from a place on. */
async function copyList(run: Run, source: Fleet, target: Target, state: CopyState, file: StateFile): Promise<void> {
  let { done, place } = state;
  run.show(() => ({ done, total: state.keys, unit: 'items' }));
  const copyBatch = async ({ keys }: KeyBatch): Promise<PartialOutcome> => {
    const outcome = new PartialOutcome();
    await run.pacer.take(keys.length);
    const copyOne = async (listed: KeyBatch['keys'][number]): Promise<void> => {
      const cas = target.casOf(listed.key);
      const item = await readItem(source, listed, run.persistence, outcome);
      if (item !== undefined) await target.store(item, cas, outcome);
    };
    await Promise.all(keys.map(copyOne));
    return outcome;
  };
  const record = (batch: KeyBatch, outcome: PartialOutcome): void => {
    run.outcome.take(outcome);
    done += batch.keys.length;
    place = batch.end;
    file.write({ ...state, done, place, outcome: run.outcome.counts });
  };
  await source.by(quietReads, () =>
    runLanes(readKeyList(file.keysPath, place, run.batchLength), copyBatch, record, () => run.isStopped),
  );
}

/** What a copy would do: keys, memory, and how many of them each target node would receive. */
async function planCopy(options: CopyOptions, source: Fleet, target: Fleet, path: string): Promise<void> {
  const run = new Run(options);
  try {
    const { keys: count, bytes } = await makeList(source, options, path, run);
    const shares = await NodeShares.of(target);
    for await (const { keys } of readKeyList(path, 0, 10_000)) for (const { key } of keys) shares.count(key);
    await run.end();
    run.tellPlan({ verb: 'copy', items: count, bytes, nodes: shares.list() });
  } finally {
    await run.end();
  }
}

async function listAndCopy(
  options: CopyOptions,
  subject: CopySubject,
  file: StateFile,
  source: Fleet,
  target: Fleet,
): Promise<void> {
  const before = file.read(subject);
  const run = new Run(options, before?.outcome);
  const hint = options.state === undefined ? '' : '; the same command continues';
  try {
    let state = before;
    if (state === undefined) {
      const { keys } = await makeList(source, options, file.keysPath, run);
      state = { subject, keys, done: 0, place: 0, outcome: run.outcome.counts, unlisted: run.unlisted };
      file.write(state);
    }
    run.unlisted = state.unlisted;
    const there = new Target(target, options.replace === true, run.persistence);
    await copyList(run, source, there, state, file);
    if (!run.isStopped) file.remove();
  } finally {
    await run.end();
    run.tell('copied', hint);
  }
}

/** Runs the command. */
export async function copyItems(options: CopyOptions): Promise<void> {
  const { prefix } = checkSource(options);
  const there = targetArguments(options);
  const subject = subjectOf(options, prefix, clientOptionsOf(there).prefix ?? '');
  if (subject.source === subject.target && subject.sourcePrefix === subject.targetPrefix)
    fail('the target is the source');
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-copy-'));
  const file = new StateFile(options.state ?? join(folder, 'state'));
  const source = openFleet(options);
  const target = openFleet(there);
  try {
    if (options.dryRun === true) await planCopy(options, source, target, join(folder, 'plan'));
    else await listAndCopy(options, subject, file, source, target);
  } finally {
    await Promise.all([source.client.close(), target.client.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}
