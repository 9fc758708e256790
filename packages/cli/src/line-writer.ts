/** Lines in few writes: what comes in one turn of the event loop is written at once, and at 64 KB at the latest. */

const most = 64 * 1024;

/** Writes lines to a stream. */
export class LineWriter {
  readonly #stream: { write(text: string): unknown };
  #text = '';

  constructor(stream: { write(text: string): unknown }) {
    this.#stream = stream;
  }

  /** The last ones are written by `flush`. */
  write(line: string): void {
    if (this.#text === '') setImmediate(() => this.flush());
    this.#text += `${line}\n`;
    if (this.#text.length >= most) this.flush();
  }

  flush(): void {
    if (this.#text !== '') this.#stream.write(this.#text);
    this.#text = '';
  }
}
