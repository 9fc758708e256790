/**
 * The real programs as judges. Where a binary is missing, its tests are skipped and so listed by name; with
 * MEMFLEET_REQUIRE_REAL=1 they fail instead, so that a machine that must have the judges cannot pass without them.
 */
import { describe, test } from 'vitest';
import { findProgram as findBinary } from '../../src/testing/nodes/memcached-process.ts';

export {
  findProgram as findBinary,
  type MemcachedProcess as RealMemcached,
  startMemcached,
} from '../../src/testing/nodes/memcached-process.ts';

/** True when a missing program is a failure (`.ci/run` sets it). */
export const realRequired: boolean = process.env['MEMFLEET_REQUIRE_REAL'] === '1';

/** `describe` for tests that need programs of this machine; see the head of this file. */
export function describeBinaries(names: readonly string[], title: string, body: () => void): void {
  const missing = names.filter((name) => findBinary(name) === undefined).join(', ');
  if (missing === '') describe(title, body);
  else describeWithout(missing, title, body);
}

/**
 * The tests whose judge is missing: skipped by name. Under MEMFLEET_REQUIRE_REAL=1 a test beside them fails, and so
 * does the run.
 */
export function describeWithout(missing: string, title: string, body: () => void): void {
  describe.skip(`${title} (skipped: no ${missing} here)`, body);
  // A test of its own: a failing hook would count the tests as skipped, not as failed.
  if (realRequired) {
    test(`${title}: has its judge`, () => {
      throw new Error(`MEMFLEET_REQUIRE_REAL=1, but there is no ${missing} on this machine`);
    });
  }
}

/** `describe` for tests whose judge is the real memcached. */
export function describeReal(title: string, body: () => void): void {
  describeBinaries(['memcached'], title, body);
}
