/** Processes that a smoke test starts. */
import { spawn } from 'node:child_process';

/** One process with what it prints. */
export class Running {
  /** @type {Set<Running>} */
  static #all = new Set();
  #child;
  #look = () => {};
  output = '';
  /** Fulfils with the exit code, or the signal. @type {Promise<number | string>} */
  ended;

  /**
   * @param {string} program @param {readonly string[]} words @param {import('node:child_process').SpawnOptions} options
   */
  constructor(program, words, options) {
    this.#child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (text) => {
        this.output += String(text);
        this.#look();
      });
    this.ended = new Promise((settle) => this.#child.once('close', (code, signal) => settle(code ?? String(signal))));
    Running.#all.add(this);
    void this.#removeWhenEnded();
  }

  async #removeWhenEnded() {
    await this.ended;
    Running.#all.delete(this);
    this.#look();
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.#child.kill(signal);
  }

  /**
   * Fulfils as soon as the output has this; rejects when the process has ended.
   * @param {RegExp} pattern @returns {Promise<RegExpExecArray>}
   */
  shows(pattern) {
    return new Promise((settle, reject) => {
      this.#look = () => {
        const match = pattern.exec(this.output);
        if (match !== null) settle(match);
        else if (!Running.#all.has(this)) reject(new Error(`it ended without ${pattern}:\n${this.output}`));
      };
      this.#look();
    });
  }

  /** Ends all that run. */
  static endAll() {
    for (const one of Running.#all) one.signal('SIGKILL');
  }
}
