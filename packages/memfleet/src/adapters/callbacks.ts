/** Promises for those who wait by callback. */

type Callback<T> = ((error: Error | null, result?: T) => void) | undefined;

/** Calls back once, with the error or the result. */
export function settle<T>(doing: Promise<T>, report: Callback<T>): Promise<void> {
  return doing.then(
    (result) => report?.(null, result),
    (error: unknown) => report?.(error as Error),
  );
}

/** As `settle`, with null in place of undefined. */
export function settleOrNull<T>(doing: Promise<T | null | undefined>, report: Callback<T | null>): Promise<void> {
  return doing.then(
    (result) => report?.(null, result ?? null),
    (error: unknown) => report?.(error as Error),
  );
}
