/**
 * A part whose files have not come yet, for the rest of the test: `arrive` and `fail` end that.
 *
 *   unloadedPart(binaryPart) ─ value: undefined, load(): pending ─ arrive() ─▶ value: the part
 */
import { vi } from 'vitest';
import type { LazyPart } from '../../src/base/lazy-part.ts';

export interface UnloadedPart {
  /** How often the part was needed. */
  readonly loads: number;
  /** The files come. Resolves when everything that waited for them has gone on. */
  arrive(): Promise<void>;
  /** The files do not come. */
  fail(error: Error): Promise<void>;
}

export function unloadedPart(part: LazyPart<object>): UnloadedPart {
  const { loaded } = part;
  let resolve: (value: object) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<object>((...settle) => ([resolve, reject] = settle));
  promise.catch(() => {});
  const value = vi.spyOn(part, 'value', 'get').mockReturnValue(undefined);
  const load = vi.spyOn(part, 'load').mockReturnValue(promise);
  const settled = async (settle: () => void): Promise<void> => {
    settle();
    await new Promise(setImmediate);
  };
  return {
    get loads() {
      return load.mock.calls.length;
    },
    arrive: () =>
      settled(() => {
        value.mockReturnValue(loaded);
        resolve(loaded);
      }),
    fail: (error) => settled(() => reject(error)),
  };
}
