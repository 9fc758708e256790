/**
 * Memory of the store, outside the heap of V8. The process may get none, whatever bound the store was given: in a
 * container, under a limit.
 */

/** There was no memory for what was to be stored. It is not, and the command is answered with an error. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';
}

/** So many bytes in a buffer of their own, with anything in them; undefined where the process gets no more memory. */
export function memoryOf(bytes: number): Buffer | undefined {
  try {
    return Buffer.allocUnsafeSlow(bytes);
  } catch (error) {
    // V8 throws it where the allocator returns nothing.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
