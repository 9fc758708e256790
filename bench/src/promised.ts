/** Calls with callbacks, as promises. */

export type Done<T> = (error: Error | null | undefined, result: T) => void;

/** What `util.promisify` does, without its look at the arguments. */
export function promised<T>(run: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    run((error, result) => {
      if (error === undefined || error === null) resolve(result);
      else reject(error);
    });
  });
}
