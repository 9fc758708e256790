/**
 * A program in a process of its own, which does not outlive this one.
 *
 *   launch ─▶ up: its first sign of life ─▶ runs ─ stop ─▶ ended
 *               └ it ends before that, or takes 10 s: rejects with its last words
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const patience = 10_000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A program in a process of its own, which ends with this one. */
export class ChildProgram {
  readonly child: ChildProcess;
  /** Fulfils with its last words, or how it ended. */
  readonly ended: Promise<string>;
  #isStopped = false;

  constructor(file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    // Programs of memfleet end when the channel closes.
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.child = child;
    running.add(child);
    child.stdout?.resume();
    let words = '';
    child.stderr?.on('data', (text: Buffer) => {
      words = (words + text.toString()).slice(-500);
    });
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      // Not `exit`: then its last words may still be on their way.
      child.once('close', (code, signal) => {
        running.delete(child);
        resolve(words.trim() || `it ended with ${signal ?? `code ${code}`}`);
      });
    });
  }

  /** The `memfleet` command of `@memfleet/cli`. */
  static memfleet(...args: readonly string[]): ChildProgram {
    const manifest = createRequire(import.meta.url).resolve('@memfleet/cli/package.json');
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly bin: { readonly memfleet: string } };
    return new ChildProgram(process.execPath, [join(dirname(manifest), bin.memfleet), ...args]);
  }

  /** The next message that it sends. */
  async message<T>(): Promise<T> {
    const [message] = await once(this.child, 'message');
    return message as T;
  }

  /** Waits for its first sign of life. When none comes, the program is stopped, and this rejects. */
  async up<T>(sign: Promise<T>): Promise<T> {
    const failed = Promise.race([
      this.ended,
      sleep(patience, `it does not answer after ${patience / 1000} s`, { ref: false }),
    ]).then((why) => {
      throw new Error(why);
    });
    try {
      return await Promise.race([sign, failed]);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Calls back when the program ends although nobody stopped it. */
  async onLost(listener: (why: string) => void): Promise<void> {
    const why = await this.ended;
    if (!this.#isStopped) listener(why);
  }

  /** Fulfils when it is gone, with whether it ended well. Idempotent. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<boolean> {
    this.#isStopped = true;
    this.child.kill(signal);
    await this.ended;
    return this.child.exitCode === 0;
  }
}
