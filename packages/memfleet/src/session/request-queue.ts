/**
 * The requests of one client that its session has not begun: keys of a get, then undecoded bytes, then perhaps the
 * client's end. Bytes take far less memory than the commands in them.
 *
 *   [ keys │ bytes │ end ] ─────▶ admission: room for it? ─▶ turns ─▶ onTurn
 *                                   └ none: waits for room ───────────▶ onTurn
 */
import type { AdmissionWaiter } from './admission.ts';
import type { KeyRun } from './key-run.ts';
import type { SessionContext } from './session-context.ts';
import type { TurnWaiter } from './turns.ts';

/**
 * The number of queued bytes up to which a waiting client is still read: pausing and resuming costs system calls, and
 * the wait is usually short.
 */
const enough = 4 * 1024;

const nothing = Buffer.alloc(0);

/** The input of one client that its session has not begun to execute. */
export class RequestQueue implements AdmissionWaiter, TurnWaiter {
  readonly #context: SessionContext;
  readonly #takeTurn: () => void;
  /** Keys of the get that was decoded last. */
  keys: KeyRun | undefined = undefined;
  /** Whether the client's end follows the bytes. */
  hasEnded = false;
  /** Whether it waits for room or for its turn. */
  isWaiting = false;
  #bytes: Uint8Array = nothing;

  /** `takeTurn` is called when its turn comes. */
  constructor(context: SessionContext, takeTurn: () => void) {
    this.#context = context;
    this.#takeTurn = takeTurn;
  }

  get isEmpty(): boolean {
    return this.keys === undefined && this.#bytes.length === 0;
  }

  /** Whether no more bytes should be read. */
  get isLong(): boolean {
    return this.#bytes.length > enough || this.#context.admission?.isAtMax === true;
  }

  /** Adds bytes; they may be overwritten after the call. */
  add(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
  }

  /** Puts back the rest of taken bytes. */
  putBack(rest: Uint8Array): void {
    this.#bytes = rest;
  }

  /** Returns the bytes and leaves none. */
  take(): Uint8Array {
    const bytes = this.#bytes;
    this.#bytes = nothing;
    return bytes;
  }

  /** Requests a turn. */
  ask(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    const { admission, turns } = this.#context;
    // The keys of a long get are many commands.
    const size = this.keys === undefined ? this.#bytes.length : Infinity;
    if (admission?.mustWait(size) === true) admission.wait(this, size);
    else turns.wait(this);
  }

  onRoom(): void {
    this.onTurn();
  }

  onTurn(): void {
    this.isWaiting = false;
    this.#takeTurn();
  }

  /** Drops the undecoded bytes. */
  dropBytes(): void {
    this.#bytes = nothing;
    if (this.keys === undefined) this.drop();
  }

  /** Drops everything. */
  drop(): void {
    this.keys = undefined;
    this.#bytes = nothing;
    this.isWaiting = false;
    this.#context.admission?.withdraw(this);
    this.#context.turns.withdraw(this);
  }
}
