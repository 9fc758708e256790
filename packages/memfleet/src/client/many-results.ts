/**
 * The state of a call over many keys: results, and failed keys (the user's), which are not misses.
 */
import type { Command } from '../core/command.ts';
import { AbortedError, isNodeFailure, type MemcacheError, PartialResultError } from '../core/errors.ts';
import type { CommandTrace } from '../observe/command-trace.ts';
import { unwatchSignal, watchSignal, type Watcher } from './abort.ts';
import { mayHaveLeft } from './call.ts';
import type { CollectedValues } from './collected-values.ts';
import type { ClientCore } from './core.ts';

/** Collects results and failures; settles the promise. `R`: the result of the call. */
export class ManyResults<T, R = Map<string, T>> {
  readonly promise: Promise<R>;
  readonly #core: ClientCore;
  readonly #what: string;
  readonly #trace: CommandTrace | undefined;
  readonly #found: CollectedValues<T, R>;
  readonly #failures = new Map<string, MemcacheError>();
  #firstError: MemcacheError | undefined;
  #resolve!: (result: R) => void;
  #reject!: (error: MemcacheError) => void;
  #release: (() => void) | undefined;
  #isSettled = false;

  constructor(what: string, core: ClientCore, trace: CommandTrace | undefined, found: CollectedValues<T, R>) {
    this.#what = what;
    this.#found = found;
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

  set(wire: string, value: T): void {
    this.#found.set(wire, value);
  }

  /** Records a failed key, unless its value has arrived already, or its failure is a miss. `key` is the user's. */
  fail(key: string, error: MemcacheError, wire: string = key): void {
    if (this.#found.has(wire)) return;
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
      this.#resolve(this.#found.result());
      return;
    }
    const message = `${this.#what}: ${failures.size} keys failed: ${first.message}`;
    this.#reject(new PartialResultError<T>(message, this.#found.byKey(), failures));
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
