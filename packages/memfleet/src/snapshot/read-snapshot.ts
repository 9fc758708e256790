/** A file with items, read as it comes. */
import type { SnapshotItem } from './format.ts';
import { SnapshotDecoder } from './snapshot-decoder.ts';

/**
 * The items of a file, some at a time, from its bytes in any pieces. The items share memory with the pieces. Throws
 * SnapshotError behind the last items that are right.
 *
 * @param decoder gives `header` and the number of items so far
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
