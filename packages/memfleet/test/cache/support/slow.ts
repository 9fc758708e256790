/** Loaders that take time. */
import type { CacheProcess, World } from './world.ts';

/** A loader that takes `ms` and counts its runs. */
export function slow<V>(
  world: World,
  { process }: CacheProcess,
  ms: number,
  give: () => V,
): { runs: number; load: () => Promise<V> } {
  const loader = {
    runs: 0,
    load: async (): Promise<V> => {
      loader.runs++;
      await world.wait(process, ms);
      return give();
    },
  };
  return loader;
}
