/** `memfleet proxy` as a process of its own, with its log. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { firstWords, program } from '../support/program.ts';

/** A line of its log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly message: string };

/** A running proxy program; it is killed at the end of the test if it still runs. */
export class RunningProxy {
  readonly lines: LogLine[] = [];
  /** The lines as they were written. */
  readonly texts: string[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  /** Fulfils with the exit code, or the signal. */
  readonly ended: Promise<number | string>;
  errors = '';

  constructor(args: readonly string[]) {
    const child = spawn(program, [...firstWords, 'proxy', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.texts.push(line);
      this.lines.push(JSON.parse(line) as LogLine);
      for (const look of this.#waiting) look();
    });
    child.stderr.on('data', (text: Buffer) => {
      this.errors += text.toString();
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve(code ?? (signal as string));
        for (const look of this.#waiting) look();
      });
    });
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await this.ended;
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The first line with that message after line `after`, now or later. Rejects when the process ends before. */
  line(message: string, after = 0): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.lines.slice(after).find((line) => line.message === message);
        if (found === undefined && this.#child.exitCode === null && this.#child.signalCode === null) return;
        this.#waiting.delete(look);
        if (found === undefined)
          reject(new Error(`ended without "${message}": ${this.errors}${JSON.stringify(this.lines)}`));
        else resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Does something, and waits for the next line with that message. */
  async after(action: () => unknown, message: string): Promise<LogLine> {
    const before = this.lines.length;
    await action();
    return this.line(message, before);
  }

  /** Where its first listener is, once it is ready. */
  async address(): Promise<string> {
    await this.line('ready');
    return (await this.line('listening'))['address'] as string;
  }

  /** What an admin endpoint says. */
  async admin(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const address = (await this.line('admin listening'))['address'] as string;
    const response = await fetch(`http://${address}${path}`);
    return { status: response.status, text: await response.text() };
  }

  /** A metric's value, summed over its labels that contain `labels`. */
  async metric(name: string, labels = ''): Promise<number> {
    const { text } = await this.admin('/metrics');
    return sumOf(text, name, labels);
  }
}

/** The values of a metric whose labels contain a text, added. */
export function sumOf(exposition: string, name: string, labels = ''): number {
  return exposition
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
