import type { AdmissionWaiter } from './admission.ts';
/**
 * What one client has asked for and its session has not begun: keys of a get, then bytes that are not decoded, then
 * perhaps the client's end. Bytes are far fewer than the commands in them.
 *
 *   [ keys │ bytes │ end ] ─ ask ─▶ admission: room for it? ─▶ turns ─▶ onTurn
 *                                   └ none: waits for room ───────────▶ onTurn
 */
import type { KeyRun } from './key-run.ts';
import type { SessionContext } from './session-context.ts';
import type { TurnWaiter } from './turns.ts';

/**
 * With so many bytes or fewer a client that waits is read on: to stop and begin again costs system calls, and the wait
 * is short as a rule.
 */
const enough = 4 * 1024;

const nothing = Buffer.alloc(0);

/** The input of one client that its session has not begun to execute. */
export class RequestQueue implements AdmissionWaiter, TurnWaiter {
  readonly #context: SessionContext;
  readonly #takeTurn: () => void;
  /** Keys of the get that was decoded last. */
  keys: KeyRun | undefined = undefined;
  /** The client's end stands behind the bytes. */
  hasEnded = false;
  /** It waits for room or for its turn, which comes by itself. */
  isWaiting = false;
  #bytes: Uint8Array = nothing;

  /** `takeTurn` is called when the time has come. */
  constructor(context: SessionContext, takeTurn: () => void) {
    this.#context = context;
    this.#takeTurn = takeTurn;
  }

  get isEmpty(): boolean {
    return this.keys === undefined && this.#bytes.length === 0;
  }

  /** So much that no more should be read. */
  get isLong(): boolean {
    return this.#bytes.length > enough || this.#context.admission?.isAtMax === true;
  }

  /** Adds bytes; they may be overwritten after the call. */
  add(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
  }

  /** Puts back what is left of taken bytes. */
  putBack(rest: Uint8Array): void {
    this.#bytes = rest;
  }

  /** The bytes; none are left. */
  take(): Uint8Array {
    const bytes = this.#bytes;
    this.#bytes = nothing;
    return bytes;
  }

  /** Asks for a turn. */
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

  /** Nobody will answer what is not decoded. */
  dropBytes(): void {
    this.#bytes = nothing;
    if (this.keys === undefined) this.drop();
  }

  /** Nobody will answer any of it. */
  drop(): void {
    this.keys = undefined;
    this.#bytes = nothing;
    this.isWaiting = false;
    this.#context.admission?.withdraw(this);
    this.#context.turns.withdraw(this);
  }
}
