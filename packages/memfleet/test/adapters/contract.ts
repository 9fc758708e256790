/** What every adapter does in bad cases: the contract that anybody can run (`cacheContract`). */
import { describe, test } from 'vitest';
import { cacheContract, type CacheSubject } from '../../src/testing/index.ts';

/** `takesKey`: whether the layer takes an odd key. */
export function describeBadCases(name: string, open: CacheSubject['open'], takesKey?: CacheSubject['takesKey']): void {
  describe(`${name}, when things go wrong,`, () => {
    for (const { title, run } of cacheContract) test(title, () => run({ open, takesKey }));
  });
}
