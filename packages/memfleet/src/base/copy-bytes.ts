/**
 * Copies bytes in V8. Up to some hundred bytes that costs less than `TypedArray.set` or `Buffer.copy`, which leave V8
 * or need a view of the source.
 *
 * @param from where the bytes lie
 * @param start the first
 * @param to where they go; not the same memory
 * @param at the place of the first
 * @param length how many
 */
export function copyBytes(from: DataView, start: number, to: DataView, at: number, length: number): void {
  let i = 0;
  // Sixteen bytes a step: a step takes as long as the copy of four.
  for (; i + 15 < length; i += 16) {
    to.setInt32(at + i, from.getInt32(start + i, true), true);
    to.setInt32(at + i + 4, from.getInt32(start + i + 4, true), true);
    to.setInt32(at + i + 8, from.getInt32(start + i + 8, true), true);
    to.setInt32(at + i + 12, from.getInt32(start + i + 12, true), true);
  }
  for (; i + 3 < length; i += 4) to.setInt32(at + i, from.getInt32(start + i, true), true);
  for (; i < length; i++) to.setInt8(at + i, from.getInt8(start + i));
}
