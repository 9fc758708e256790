/** The options of retries as the docs describe them, in Markdown. No program loads this file. */
import type { About } from '../core/option-table.ts';
import type { RetryOptions } from './retry-options.ts';

/** The options of retries. */
export const retryAbout: About<RetryOptions> = {
  attempts: 'retries of one command at most',
  delay: 'the wait before the first retry; doubles with each',
  jitter: 'the share of the wait that is drawn at random',
  budget: 'retries per command sent, on average',
};
