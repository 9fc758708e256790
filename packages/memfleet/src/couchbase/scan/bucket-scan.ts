/**
 * The scan of a bucket: all its vBuckets, some at a time.
 *
 *   vBuckets left ─▶ [ scan 3 │ scan 17 │ scan 40 ]   as many as `concurrency`, each with one batch at most: in flight,
 *                        └ a batch ─▶ consumer        waiting, or with the consumer
 *                             └ asks for more ─▶ the next batch of that vBucket is requested
 *
 * A consumer that does not ask for more holds everything up. One that leaves ends all scans on the nodes.
 */
import { ClosedError, type MemcacheError } from '../../core/errors.ts';
import type { ScannedItem } from '../../protocol/binary/range-scan.ts';
import type { ScanPlace, ScanSettings } from './scan-settings.ts';
import { type ScanBatch, VbucketScan } from './vbucket-scan.ts';

/** A batch, and the scan that it came from. */
interface Arrival {
  readonly scan: VbucketScan;
  readonly batch: ScanBatch;
}

/** The scan of a bucket. */
export class BucketScan {
  readonly #place: ScanPlace;
  readonly #settings: ScanSettings;
  readonly #open = new Set<VbucketScan>();
  #error: MemcacheError | undefined;

  constructor(place: ScanPlace, settings: ScanSettings) {
    this.#place = place;
    this.#settings = settings;
  }

  /** The items, in lists; those of one vBucket in the order of their keys. Needs a map. */
  async *batches(): AsyncGenerator<readonly ScannedItem[], void, undefined> {
    const left = vbucketsInTurn(this.#place).toReversed();
    const arrivals = new Map<VbucketScan, Promise<Arrival>>();
    const request = (scan: VbucketScan): void => {
      arrivals.set(
        scan,
        scan.next().then((batch) => ({ scan, batch })),
      );
    };
    try {
      for (;;) {
        while (this.#open.size < this.#settings.concurrency && left.length > 0) {
          const scan = new VbucketScan(left.pop()!, this.#place, this.#settings);
          this.#open.add(scan);
          request(scan);
        }
        if (this.#open.size === 0) return;
        const { scan, batch } = await Promise.race(arrivals.values());
        arrivals.delete(scan);
        if (batch.isLast) this.#open.delete(scan);
        if (batch.items.length > 0) yield batch.items;
        this.check();
        if (!batch.isLast) request(scan);
      }
    } finally {
      this.cancel(new ClosedError('the scan is over'));
      // Batches that nobody takes end with this error.
      for (const arrival of arrivals.values()) arrival.catch(() => {});
    }
  }

  /** Throws if the scan was cancelled. */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** Ends the scan on all nodes: `batches` throws `error`. */
  cancel(error: MemcacheError): void {
    this.#error ??= error;
    for (const scan of this.#open) scan.cancel(error);
    this.#open.clear();
  }
}

/** The vBuckets, so that each node has its turn: a row of vBuckets often belongs to one node. */
function vbucketsInTurn(place: ScanPlace): number[] {
  const byNode = new Map<string | undefined, number[]>();
  for (let vbucket = 0; vbucket < place.vbuckets; vbucket++) {
    const node = place.nodeOf(vbucket);
    const list = byNode.get(node);
    if (list === undefined) byNode.set(node, [vbucket]);
    else list.push(vbucket);
  }
  const lists = [...byNode.values()];
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}
