/** A terminal: tmux, in which a shell runs the built program. */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { published } from './program.ts';

const run = promisify(execFile);
let terminals = 0;

/** How a terminal is. */
export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** Variables of the program's environment. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** One terminal of a test; it is gone at the end of the test. */
export class Tmux {
  readonly #socket: string;
  /** For the message of a test that waits in vain. */
  #awaited: { readonly pattern?: RegExp; readonly screen?: string } = {};

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** A terminal with a shell whose prompt is `$ `, and a text on its screen. */
  static async open({ columns = 80, rows = 24, variables = {} }: TerminalOptions = {}): Promise<Tmux> {
    const terminal = new Tmux(`memfleet-${process.pid}-${terminals++}`);
    onTestFinished(() => {
      const { pattern, screen } = terminal.#awaited;
      if (pattern !== undefined) process.stderr.write(`no ${pattern} on this screen:\n${screen}\n`);
      try {
        execFileSync('tmux', ['-L', terminal.#socket, 'kill-server'], { stdio: 'ignore' });
      } catch {
        // Its last session has ended.
      }
    });
    const settings = { LC_ALL: 'C.UTF-8', PS1: '$ ', HISTFILE: '', ...variables };
    const words = ['env', '-u', 'NO_COLOR', ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)];
    // The size of a session that nobody is attached to.
    const size = ['-x', String(columns), '-y', String(rows)];
    await terminal.#tmux(
      '-u',
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      ...size,
      ...words,
      'bash',
      '--norc',
      '--noprofile',
    );
    await terminal.type('echo "text" "from before"');
    await terminal.shows(/^text from before$/m);
    return terminal;
  }

  /** Types a line. */
  async type(line: string): Promise<void> {
    await this.#tmux('send-keys', '-l', line);
    await this.#tmux('send-keys', 'Enter');
  }

  /** Starts the program. */
  async start(...words: readonly string[]): Promise<void> {
    await this.type(`"${process.execPath}" "${published}" ${words.join(' ')}`);
  }

  /** Waits until the shell has the terminal again; gives the screen and the exit code. */
  async ended(): Promise<{ readonly screen: string; readonly code: number }> {
    await this.shows(/^\$$/m);
    await this.type('echo "ended" $?');
    const screen = await this.shows(/^ended \d+$/m);
    return { screen, code: Number(/^ended (\d+)$/m.exec(screen)?.[1]) };
  }

  /** Presses keys by the names of tmux: `q`, `Enter`, `C-c`. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#tmux('send-keys', key);
  }

  resize(columns: number, rows: number): Promise<string> {
    return this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What is on the screen; with `escapes`, how it is drawn as well. */
  screen(escapes = false): Promise<string> {
    return this.#tmux('capture-pane', '-p', ...(escapes ? ['-e'] : []));
  }

  /** Fulfils with the screen as soon as it shows this. */
  async shows(pattern: RegExp): Promise<string> {
    for (;;) {
      const screen = await this.screen();
      this.#awaited = pattern.test(screen) ? {} : { pattern, screen };
      if (this.#awaited.pattern === undefined) return screen;
    }
  }

  /** A variable of tmux, such as `alternate_on`. */
  async fact(name: string): Promise<string> {
    return (await this.#tmux('display', '-p', `#{${name}}`)).trim();
  }

  /** The terminal goes away, as when a connection to a remote machine breaks. */
  hangUp(): Promise<string> {
    return this.#tmux('kill-server');
  }

  async #tmux(...words: readonly string[]): Promise<string> {
    return (await run('tmux', ['-L', this.#socket, ...words])).stdout;
  }
}
