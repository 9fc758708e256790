/**
 * Whether connections without a pending reply keep the process running.
 *
 *   ref     every connection keeps it running (the initial state)
 *   unref   only while a reply is pending: checked once per write and once per read, not once per command
 */
import type { Transport } from '../net/transport.ts';
import type { Pending } from './pending.ts';

/** Whether the connections of a fleet hold the process while they are idle. */
export class IdleHold {
  readonly #connections = new Set<ConnectionHold>();
  #isReferenced = true;

  /** Idle connections keep the process running. */
  get isReferenced(): boolean {
    return this.#isReferenced;
  }

  set isReferenced(isReferenced: boolean) {
    if (isReferenced === this.#isReferenced) return;
    this.#isReferenced = isReferenced;
    for (const connection of this.#connections) connection.update();
  }

  enter(connection: ConnectionHold): void {
    this.#connections.add(connection);
  }

  leave(connection: ConnectionHold): void {
    this.#connections.delete(connection);
  }
}

/** One connection, as far as it holds the process. */
export class ConnectionHold {
  readonly #idle: IdleHold | undefined;
  readonly #transport: Transport;
  readonly #pending: Pick<Pending, 'isAwaited'>;
  #isHolding = true;

  /** Without `idle` it always holds the process. */
  constructor(idle: IdleHold | undefined, transport: Transport, pending: Pick<Pending, 'isAwaited'>) {
    this.#idle = idle;
    this.#transport = transport;
    this.#pending = pending;
    idle?.enter(this);
    this.update();
  }

  /** Bytes went out or came in, or callers gave up. */
  update(): void {
    const isReferenced = this.#idle === undefined || this.#idle.isReferenced;
    if (isReferenced && this.#isHolding) return;
    const isHolding = isReferenced || this.#pending.isAwaited;
    if (isHolding === this.#isHolding) return;
    this.#isHolding = isHolding;
    if (isHolding) this.#transport.ref?.();
    else this.#transport.unref?.();
  }

  /** The connection has ended. */
  end(): void {
    this.#idle?.leave(this);
  }
}
