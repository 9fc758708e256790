/**
 * One call of the client: the promise, and the handler that settles it straight from the decoder.
 *
 *   get(key) ─ Call ─▶ dispatch(command, call) ─▶ …  onReply(reply) ─▶ shape.read(reply) ─▶ resolve
 *                 └── promise ──▶ user                onError(error) ─▶ reject, or the result of a miss
 */
import { type Command, describeCommand } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import {
  AbortedError,
  isNodeFailure,
  MemcacheError,
  SubDocumentError,
  UndecodableError,
  UnsafeIntegerError,
} from '../core/errors.ts';
import { type Reply, replyError } from '../core/reply.ts';
import type { CommandTrace } from '../observe/command-trace.ts';
import { unwatchSignal, watchSignal, type Watcher } from './abort.ts';
import type { CallShape, Failed } from './call-shape.ts';
import type { ClientCore } from './core.ts';

type Resolve<T> = (value: T | Promise<T>) => void;
type Reject = (error: unknown) => void;

let takenResolve: Resolve<never>;
let takenReject: Reject;
/** One executor for all promises: a closure per call costs more than two module variables. */
const take = (resolve: Resolve<never>, reject: Reject): void => {
  takenResolve = resolve;
  takenReject = reject;
};

type Shape<T> = Pick<CallShape<never, T>, 'read' | 'missed' | 'failed'>;

/**
 * Whether bytes of a dispatched command may have been sent. A command without a key goes to many nodes; it counts as
 * sent.
 */
export function mayHaveLeft(command: Command): boolean {
  return command.key === '' || !command.isQueued;
}

/** The error that a row's `read` threw, with the name of the call. */
export function undecodable(error: unknown, what: string, node: string): MemcacheError {
  if (error instanceof SubDocumentError) return error;
  if (!(error instanceof MemcacheError)) {
    const why = error instanceof Error ? error.message : String(error);
    return new UndecodableError(`${what}: the value could not be decoded: ${why}`, { node, cause: error, sent: true });
  }
  const message = `${what}: ${error.message}`;
  const details = { node, cause: error.cause ?? error, sent: true };
  return error instanceof UnsafeIntegerError
    ? new UnsafeIntegerError(message, details)
    : new UndecodableError(message, details);
}

async function attempt<T>(failed: Failed<T>, error: MemcacheError): Promise<T> {
  return failed(error);
}

/** One call in flight: the promise, and the handler that settles it. `T` is the call's result. */
export class Call<T> implements Handler, Watcher {
  readonly promise: Promise<T>;
  readonly #command: Command;
  readonly #shape: Shape<T>;
  readonly #core: ClientCore;
  readonly #resolve: Resolve<T>;
  readonly #reject: Reject;
  /** Undefined = the channel has no subscribers. */
  trace: CommandTrace | undefined = undefined;
  #signal: AbortSignal | undefined = undefined;
  #isSettled = false;

  constructor(command: Command, shape: Shape<T>, core: ClientCore) {
    this.#command = command;
    this.#shape = shape;
    this.#core = core;
    this.promise = new Promise<T>(take as (resolve: Resolve<T>, reject: Reject) => void);
    this.#resolve = takenResolve as unknown as Resolve<T>;
    this.#reject = takenReject;
  }

  onReply(reply: Reply): void {
    this.trace?.replied(reply);
    if (reply.status === 'error') {
      this.onError(replyError(reply, describeCommand(this.#command)));
      return;
    }
    if (this.#isSettled) return;
    let result: T;
    try {
      result = this.#shape.read(reply, this.#core.transcoder, this.#command);
    } catch (error) {
      this.onError(undecodable(error, describeCommand(this.#command), reply.node));
      return;
    }
    this.#settle();
    this.trace?.received(reply.length);
    this.trace?.settle(reply.status, reply.node, undefined);
    this.#resolve(result);
  }

  onError(error: MemcacheError): void {
    if (this.#isSettled) return;
    this.#settle();
    this.trace?.settle('error', error.node, error);
    const { failed, missed } = this.#shape;
    if (this.#core.errorsAreMisses && isNodeFailure(error)) this.#resolve(missed);
    else if (failed === undefined) this.#reject(error);
    else this.#resolve(attempt(failed, error));
  }

  /** Fails the call when the signal fires. A command that was sent may still take effect; its reply is swallowed. */
  watch(signal: AbortSignal): void {
    this.#signal = signal;
    watchSignal(signal, this);
  }

  onAbort(reason: unknown): void {
    const command = this.#command;
    command.cancelled = true;
    const sent = mayHaveLeft(command);
    this.onError(new AbortedError(`${describeCommand(command)} was aborted`, { cause: reason, sent }));
  }

  #settle(): void {
    this.#isSettled = true;
    if (this.#signal !== undefined) unwatchSignal(this.#signal, this);
  }
}
