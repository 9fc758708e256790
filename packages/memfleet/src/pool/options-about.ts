/** The options of a pool as the docs describe them, in Markdown. No program loads this file. */
import type { BackoffOptions } from '../base/backoff.ts';
import type { About } from '../core/option-table.ts';
import type { PoolOptions } from './options.ts';

/** The waits between failed dials. */
export const backoffAbout: About<BackoffOptions> = {
  initial: 'the first wait',
  max: 'the longest wait',
  factor: 'what each wait is multiplied by for the next',
  jitter: 'the share of a wait that is drawn at random',
};

/** The options of a pool. */
export const poolAbout: About<PoolOptions> = {
  min: 'connections to a node that stay open once made, even if idle',
  max: 'connections to a node at most; attempts to connect count',
  warmUp: 'opens `min` connections at once instead of at the first call',
  exclusive: 'one call at a time on a connection; concurrent calls with the same key then have no order',
  maxInFlight:
    'commands in flight on one connection (a get line of many keys counts once) before the pool grows or callers wait. Not with `exclusive`',
  maxWaiting: 'callers that may wait for room, each of which takes about 1 KB; one more fails with `QueueFullError`',
  acquireTimeout:
    'how long a caller may wait for room; 0 = as long as its own timeout allows. Then a caller whose expected wait exceeds half of its timeout fails at once with `QueueFullError`',
  idleTimeout: 'closes connections beyond `min` after they were unused for this time; 0 = never',
  maxLifetime: 'replaces a connection at this age, ± 10 % so that not all are replaced at once; 0 = never',
  backoff: 'waits between attempts to connect that fail; in a Couchbase bucket `max` is 250 by default',
};
