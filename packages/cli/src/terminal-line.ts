/** One line on a terminal that is written over again and again. */

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows the line on a terminal; does nothing elsewhere. */
export class TerminalLine {
  readonly #stream: Terminal;
  readonly #timer: NodeJS.Timeout | undefined;

  /** `text`: what the line shows now, called every `interval` ms. */
  constructor(text: () => string, interval: number, stream: Terminal = process.stderr) {
    this.#stream = stream;
    if (stream.isTTY !== true) return;
    const draw = (): void => void stream.write(`\r\u001b[K${text().slice(0, (stream.columns ?? 80) - 1)}`);
    this.#timer = setInterval(draw, interval);
    this.#timer.unref();
  }

  /** Clears the line. */
  end(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#stream.write('\r\u001b[K');
  }
}
