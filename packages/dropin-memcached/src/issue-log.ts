/**
 * What goes wrong with one server, and whether it may be used.
 *
 *   usable ─ issue ─▶ locked for `retry` ─▶ usable, one of `failures` less ─ … ─ none left ─▶ removed, or
 *                                                      dead for `reconnect` ─▶ usable: the next command decides
 */

/** The settings of a log, in milliseconds. */
export interface IssueConfig {
  readonly server: string;
  readonly tokens: readonly string[];
  readonly reconnect: number;
  readonly failures: number;
  readonly failuresTimeout: number;
  readonly retry: number;
  readonly remove: boolean;
}

/** The events of a log. */
export type IssueEvent = 'issue' | 'failure' | 'reconnecting' | 'reconnect' | 'remove';

/** What listeners of events receive. */
export interface IssueDetails {
  readonly server: string;
  readonly tokens: readonly string[];
  readonly messages: readonly string[];
  readonly [counter: string]: unknown;
}

/**
 * The original waits 30 s after each error, and 5 hours after the last: a server that restarts in a second is out for
 * that long. So the option is a bound.
 */
const longestLock = 1000;

/** The messages that are kept of one server. */
const maxMessages = 100;

/** The issues of one server. */
export class IssueLog {
  readonly config: IssueConfig;
  readonly messages: string[] = [];
  failures: number;
  failed = false;
  locked = false;
  isScheduledToReconnect = false;
  totalFailures = 0;
  totalReconnectsAttempted = 0;
  totalReconnectsSuccess = 0;
  readonly #emit: (event: IssueEvent, details: IssueDetails) => void;
  #resetting: NodeJS.Timeout | undefined = undefined;
  #isTrying = false;

  constructor(config: IssueConfig, emit: (event: IssueEvent, details: IssueDetails) => void) {
    this.config = config;
    this.failures = config.failures;
    this.#emit = emit;
  }

  /** The server, or the way to it, has failed. */
  log(message: string): void {
    this.failed = true;
    this.#isTrying = false;
    if (this.messages.length < maxMessages) this.messages.push(message);
    if (this.locked || this.isScheduledToReconnect) return;
    if (this.failures > 0) this.#lock();
    else this.#giveUp();
  }

  /** A command has succeeded. */
  succeeded(): void {
    if (!this.#isTrying) return;
    this.#isTrying = false;
    this.totalReconnectsSuccess++;
    this.#emit('reconnect', this.details);
    this.messages.length = 0;
  }

  get details(): IssueDetails {
    const { server, tokens, retry, reconnect } = this.config;
    const common = { server, tokens, messages: this.messages };
    if (this.failures > 0) return { ...common, failures: this.failures, totalFailures: this.totalFailures };
    const { totalReconnectsAttempted, totalReconnectsSuccess, totalFailures } = this;
    const totalReconnectsFailed = totalReconnectsAttempted - totalReconnectsSuccess;
    const totalDownTime = totalReconnectsFailed * reconnect + totalFailures * retry;
    return { ...common, totalReconnectsAttempted, totalReconnectsSuccess, totalReconnectsFailed, totalDownTime };
  }

  #lock(): void {
    const { failures, failuresTimeout, retry } = this.config;
    if (this.failures === failures && this.#resetting === undefined)
      this.#resetting = after(failuresTimeout, () => this.#reset());
    this.locked = true;
    after(Math.min(retry, longestLock), () => {
      this.totalFailures++;
      this.failures--;
      this.failed = false;
      this.locked = false;
    });
    this.#emit('issue', this.details);
  }

  #giveUp(): void {
    clearTimeout(this.#resetting);
    this.#resetting = undefined;
    const { remove, reconnect, retry } = this.config;
    if (remove) {
      this.#emit('remove', this.details);
      return;
    }
    this.isScheduledToReconnect = true;
    after(Math.min(reconnect, retry), () => {
      this.totalReconnectsAttempted++;
      this.#emit('reconnecting', this.details);
      this.isScheduledToReconnect = false;
      this.failed = false;
      this.#isTrying = true;
      this.#reset();
    });
    this.#emit('failure', this.details);
  }

  #reset(): void {
    this.#resetting = undefined;
    this.failures = this.config.failures;
  }
}

/** A timer that does not keep the process running. */
const after = (ms: number, run: () => void): NodeJS.Timeout => setTimeout(run, ms).unref();
