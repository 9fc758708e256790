/**
 * The input that is being run, where the main thread sees it even when the worker hangs or dies.
 *
 *   [ runs | target | length | bytes … ]
 */
import { maxInput } from './mutate.ts';

/** The input that is being run, shared with the main thread. */
export class CurrentInput {
  readonly memory: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(12 + maxInput)) {
    this.memory = memory;
    this.#head = new Int32Array(memory, 0, 3);
    this.#bytes = new Uint8Array(memory, 12);
  }

  set(target: number, input: string): void {
    const length = Math.min(input.length, maxInput);
    for (let at = 0; at < length; at++) this.#bytes[at] = input.charCodeAt(at);
    this.#head[1] = target;
    this.#head[2] = length;
    Atomics.add(this.#head, 0, 1);
  }

  /** How many inputs were begun. */
  get runs(): number {
    return Atomics.load(this.#head, 0);
  }

  get target(): number {
    return this.#head[1] as number;
  }

  get input(): string {
    return Buffer.from(this.#bytes.slice(0, this.#head[2])).toString('latin1');
  }
}
