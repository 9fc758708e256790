/** What every adapter does in bad cases: the contract that anybody can run (`cacheContract`). */
import { describe, test } from 'vitest';
import { cacheContract, type CacheLayer, type CacheSubject } from '../../src/testing/index.ts';

export type { CacheLayer as Layer };

/** `takesKey`: whether the layer takes a key, of those that are odd. */
export function describeBadCases(name: string, open: CacheSubject['open'], takesKey?: CacheSubject['takesKey']): void {
  describe(`${name}, when things go wrong,`, () => {
    for (const { title, run } of cacheContract) test(title, () => run({ open, takesKey }));
  });
}
