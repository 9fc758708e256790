/** Promises for those who wait by callback. */

/** Calls back once, with the error or the result. */
export async function settle<T>(
  doing: Promise<T>,
  callback: ((error: Error | null, result?: T) => void) | undefined,
): Promise<void> {
  let result: T;
  try {
    result = await doing;
  } catch (error) {
    callback?.(error as Error);
    return;
  }
  callback?.(null, result);
}
