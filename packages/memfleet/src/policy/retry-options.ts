/** The options of retries, their defaults, and the one place that reads them. */
import { defined } from '../core/option-checks.ts';
import { milliseconds, number, whole } from '../core/option-kinds.ts';
import { defaultsOf, type OptionTable } from '../core/option-table.ts';

/** How often and how soon a failed command is retried. */
export interface RetryOptions {
  /** The number of retries of one command; 0 = none. @default 1 */
  readonly attempts?: number | undefined;
  /** Milliseconds before the first retry; each further one waits twice as long. @default 10 */
  readonly delay?: number | undefined;
  /** The random share of each delay: 0.5 gives 50 to 150 %. @default 0.5 */
  readonly jitter?: number | undefined;
  /**
   * The number of retries per command sent, on average. Every command adds this share to the budget; a retry takes 1.
   * @default 0.1
   */
  readonly budget?: number | undefined;
}

/** `RetryOptions` with nothing left open. */
export interface ResolvedRetryOptions {
  readonly attempts: number;
  readonly delay: number;
  readonly jitter: number;
  readonly budget: number;
}

const options = {
  attempts: {
    kind: whole(0),
    default: 1,
    aka: ['retries', 'maxRetries', 'maxRetriesPerRequest', 'maxAttempts'],
  },
  delay: {
    kind: milliseconds(0),
    default: 10,
    aka: ['retryDelay', 'retryStrategy', 'retryInterval'],
  },
  jitter: { kind: number(0, 1), default: 0.5 },
  budget: { kind: number(0), default: 0.1 },
} satisfies OptionTable<RetryOptions>;

/** The options of retries. */
export const retryOptions: OptionTable<RetryOptions> = options;

/** The defaults of `RetryOptions`. */
export const retryDefaults: ResolvedRetryOptions = defaultsOf(options);

/** Options that were checked, with nothing left open; `false` = no retries. */
export function resolveRetry(given: RetryOptions | false = {}): ResolvedRetryOptions {
  return given === false ? { ...retryDefaults, attempts: 0 } : { ...retryDefaults, ...defined(given) };
}
