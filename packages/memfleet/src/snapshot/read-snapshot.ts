/** Reads a snapshot as its bytes come. */
import type { SnapshotItem } from './format.ts';
import { SnapshotDecoder } from './snapshot-decoder.ts';

/**
 * The items of a snapshot, in batches, from its bytes in pieces of any length. The items share memory with the pieces.
 * Throws SnapshotError after the last intact item.
 *
 * @param decoder has `header` and the number of items so far
 */
export async function* readSnapshot(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  decoder: SnapshotDecoder = new SnapshotDecoder(),
): AsyncGenerator<readonly SnapshotItem[], void, undefined> {
  for await (const chunk of bytes) {
    const items = decoder.push(chunk);
    if (items.length > 0) yield items;
  }
  decoder.end();
}
