/**
 * Batches that are worked on side by side, and the place before which all of them are done:
 *
 *   batches  1 2 3 4 5 6 …        done 1, 3: everything is done up to the end of 1
 *
 * A run that is stopped continues from that place.
 */

/** Batches in progress at the same time. */
const lanes = 4;

/** Work that is done, or in progress. */
interface Entry<Batch, Result> {
  readonly batch: Batch;
  result?: { readonly value: Result };
}

/**
 * Runs `work` for every batch. `onDone` receives each batch with its result, in the order of the batches, when all
 * before it are done. Ends early when `isStopped` tells so; rejects with the first error, when no batch is in progress
 * any more.
 */
export async function runLanes<Batch, Result>(
  batches: AsyncIterator<Batch>,
  work: (batch: Batch) => Promise<Result>,
  onDone: (batch: Batch, result: Result) => void,
  isStopped: () => boolean,
): Promise<void> {
  const order: Entry<Batch, Result>[] = [];
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    while (failures.length === 0 && !isStopped()) {
      const next = await batches.next();
      if (next.done === true) return;
      const entry: Entry<Batch, Result> = { batch: next.value };
      order.push(entry);
      entry.result = { value: await work(next.value) };
      for (let first = order[0]; first?.result !== undefined; first = order[0]) {
        order.shift();
        onDone(first.batch, first.result.value);
      }
    }
  };
  const guarded = (): Promise<void> => lane().catch((error: unknown) => void failures.push(error));
  await Promise.all(Array.from({ length: lanes }, guarded));
  await batches.return?.();
  if (failures.length > 0) throw failures[0];
}
