/** Writes a snapshot as its items come. */
import type { SnapshotItem } from './format.ts';
import { SnapshotEncoder } from './snapshot-encoder.ts';

/**
 * The bytes of a snapshot of these items, in pieces of about 64 KB. `created`: the current time, in Unix seconds.
 * Throws InvalidArgumentError for an item that memcached could not hold.
 */
export async function* writeSnapshot(
  items: AsyncIterable<SnapshotItem> | Iterable<SnapshotItem>,
  created: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new SnapshotEncoder();
  yield encoder.begin(created);
  for await (const item of items) {
    const bytes = encoder.add(item);
    if (bytes !== undefined) yield bytes;
  }
  yield encoder.end();
}
