/**
 * Memory of the store, outside the heap of V8. An allocation may fail below the bound of the store: in a container,
 * under a limit.
 */

/** There was no memory for the item. It is not stored, and the command fails. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';
}

/** An uninitialised buffer of `length` bytes; undefined where the process gets no more memory. */
export function memoryOf(bytes: number): Buffer | undefined {
  try {
    return Buffer.allocUnsafeSlow(bytes);
  } catch (error) {
    // V8 throws it where the allocator returns nothing.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
