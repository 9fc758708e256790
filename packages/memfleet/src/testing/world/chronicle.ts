/** What happened in a world, in order: a digest that is the same for the same run, and the lines of a trace. */

const prime = 0x0100_0193;

/** The chronicle of a world. */
export class Chronicle {
  readonly #lines: string[] = [];
  readonly #most: number;
  readonly #now: () => number;
  #one = 0x811c_9dc5;
  #other = 0x9747_b28c;

  /** Keeps the last `most` lines. */
  constructor(now: () => number, most: number) {
    this.#now = now;
    this.#most = most;
  }

  /** A line of the trace. */
  note(text: string): void {
    for (let at = 0; at < text.length; at++) this.#mix(text.charCodeAt(at));
    this.#mix(Math.round(this.#now() * 1000));
    if (this.#most > 0) this.#keep(text);
  }

  /** Bytes that arrive. */
  bytes(from: string, to: string, chunk: Uint8Array): void {
    // As #mix does, with local variables: every byte of a run passes here.
    let one = this.#one;
    let other = this.#other;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      one = Math.imul(one ^ byte, prime);
      other = Math.imul(other ^ (byte + 0x51), prime) ^ (other >>> 15);
    }
    this.#one = one;
    this.#other = other;
    this.#mix(Math.round(this.#now() * 1000));
    if (this.#most > 0) this.#keep(`${from} → ${to} ${shown(chunk)}`);
  }

  /** The same for the same bytes and notes at the same times. */
  get digest(): string {
    return [this.#one, this.#other].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }

  /** The last lines, the oldest first. */
  get lines(): readonly string[] {
    return this.#lines.slice(-this.#most);
  }

  #keep(text: string): void {
    this.#lines.push(`${this.#now().toFixed(3).padStart(12)}  ${text}`);
    if (this.#lines.length > 2 * this.#most) this.#lines.splice(0, this.#lines.length - this.#most);
  }

  #mix(number: number): void {
    this.#one = Math.imul(this.#one ^ number, prime);
    this.#other = Math.imul(this.#other ^ (number + 0x51), prime) ^ (this.#other >>> 15);
  }
}

/** The begin of some bytes, control characters escaped. */
function shown(chunk: Uint8Array): string {
  const text = JSON.stringify(
    Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.length, 60)).toString('latin1'),
  );
  return chunk.length > 60 ? `${text}… (${chunk.length} bytes)` : text;
}
