/**
 * The state of a call over many keys, by the user's keys: results, and failed keys, which are not misses.
 */
import type { Command } from '../core/command.ts';
import { AbortedError, isNodeFailure, type MemcacheError, PartialResultError } from '../core/errors.ts';
import type { CommandTrace } from '../observe/command-trace.ts';
import { unwatchSignal, watchSignal, type Watcher } from './abort.ts';
import { mayHaveLeft } from './call.ts';
import type { ClientCore } from './core.ts';

/** Collects results and failures by the user's keys; settles the promise. */
export class ManyResults<T> {
  readonly promise: Promise<Map<string, T>>;
  readonly #core: ClientCore;
  readonly #what: string;
  readonly #trace: CommandTrace | undefined;
  readonly #results = new Map<string, T>();
  readonly #failures = new Map<string, MemcacheError>();
  #firstError: MemcacheError | undefined;
  #resolve!: (results: Map<string, T>) => void;
  #reject!: (error: MemcacheError) => void;
  #release: (() => void) | undefined;
  #isSettled = false;

  constructor(what: string, core: ClientCore, trace: CommandTrace | undefined) {
    this.#what = what;
    this.#core = core;
    this.#trace = trace;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  set(key: string, value: T): void {
    this.#results.set(key, value);
  }

  /** Records a failed key, unless its value has arrived already, or its failure is a miss. */
  fail(key: string, error: MemcacheError): void {
    if (this.#results.has(key)) return;
    this.#firstError ??= error;
    if (!this.#core.errorsAreMisses || !isNodeFailure(error)) this.#failures.set(key, error);
  }

  /** All replies have arrived: settles the promise. */
  end(): void {
    if (this.#isSettled) return;
    const failures = this.#failures;
    this.#settle(this.#firstError);
    const [first] = failures.values();
    if (first === undefined) {
      this.#resolve(this.#results);
      return;
    }
    const message = `${this.#what}: ${failures.size} keys failed: ${first.message}`;
    this.#reject(new PartialResultError<T>(message, this.#results, failures));
  }

  /** Rejects the promise; later results are ignored. */
  abort(error: MemcacheError): void {
    if (this.#isSettled) return;
    this.#settle(error);
    this.#reject(error);
  }

  watch(signal: AbortSignal, commands: readonly Command[]): void {
    const watcher: Watcher = {
      onAbort: (cause) => {
        for (const command of commands) command.cancelled = true;
        this.abort(new AbortedError(`${this.#what} was aborted`, { cause, sent: commands.some(mayHaveLeft) }));
      },
    };
    watchSignal(signal, watcher);
    this.#release = () => unwatchSignal(signal, watcher);
  }

  #settle(error: MemcacheError | undefined): void {
    this.#isSettled = true;
    this.#release?.();
    this.#trace?.settle(error === undefined ? 'ok' : 'error', error?.node, error);
  }
}
