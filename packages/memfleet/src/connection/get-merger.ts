/**
 * Joins classic gets of one flush on one line.
 *
 *   get a ─▶ `get a`     get b ─▶ ` b`     set c, or a get that cannot be on the line ─▶ CR LF     flush ─▶ CR LF
 *            └──────── one line, one reply for all of its entries in `Pending` ───────┘
 */
import type { ByteWriter } from '../base/byte-writer.ts';
import type { Command } from '../core/command.ts';
import type { Protocol } from '../protocol/codec.ts';
import { isPlainKey, plainKey } from '../protocol/key.ts';
import type { Pending } from './pending.ts';

/** The maximum number of gets on one line. */
const most = 100;

/** Whether the command can be a key on a classic get line. */
function isMergeable({ verb, touch, wantValue, meta, isPlainKey: isPlain, key }: Command): boolean {
  return verb === 'get' && !touch && wantValue && meta === undefined && (isPlain || isPlainKey(key));
}

/** Joins classic gets of one flush on one line. */
export class GetMerger {
  readonly #protocol: Protocol;
  readonly #isText: boolean;
  readonly #writer: ByteWriter;
  readonly #pending: Pick<Pending, 'markMerged'>;
  /** The number of keys on the open line; 0 = no line is open. */
  #count = 0;
  #wantsCas = false;

  constructor(protocol: Protocol, writer: ByteWriter, pending: Pick<Pending, 'markMerged'>) {
    this.#protocol = protocol;
    this.#isText = protocol === 'text';
    this.#writer = writer;
    this.#pending = pending;
  }

  /** Whether the command would be one more key on the open line, and so cause no further request. */
  joins(command: Command): boolean {
    if (this.#count === 0 || this.#count >= most) return false;
    return command.keys === undefined && this.#wantsCas === command.wantCas && isMergeable(command);
  }

  /**
   * Writes the command as a key of the open line, or of a new one. False: it cannot be on a line, and no line is open
   * any more. Throws InvalidKeyError.
   */
  add(command: Command): boolean {
    if (command.keys !== undefined || !isMergeable(command)) {
      this.end();
      return false;
    }
    const key = plainKey(command, this.#protocol);
    if (this.#count >= most || this.#wantsCas !== command.wantCas) this.end();
    if (this.#count === 0) {
      this.#wantsCas = command.wantCas;
      this.#writer.ascii(command.wantCas ? 'gets ' : 'get ');
      this.#writer.ascii(key);
    } else this.#writer.ascii(' ' + key);
    this.#count++;
    return true;
  }

  /**
   * The command that `add` refused was written and is pending: in classic text, every get of one key is a line whose
   * values come before an `END`.
   */
  addedAlone(command: Command): void {
    if (this.#isText && command.verb === 'get' && command.keys === undefined) this.#pending.markMerged(1);
  }

  /** Ends the line that is open. All its commands are pending. */
  end(): void {
    if (this.#count === 0) return;
    this.#writer.ascii('\r\n');
    this.#pending.markMerged(this.#count);
    this.#count = 0;
  }
}
