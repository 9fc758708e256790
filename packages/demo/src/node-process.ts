/**
 * A node that is a process of its own, so that it can be killed and brought back on the same port.
 *
 *   start ─▶ launch on a port ─ taken ─▶ another port (the first time only)
 *              └ listens ─▶ running ─ stop: SIGKILL ─▶ stopped ─ start ─▶ running (empty)
 *                             └ ends by itself ─▶ `onLost`
 */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Begins a node on a port of 127.0.0.1 and says when it listens. */
export interface Launch {
  readonly process: ChildProcess;
  /** Fulfils when it accepts connections. Need not settle when the process ends first. */
  readonly listening: Promise<void>;
}

/** Ports are drawn from here: below those that the system gives to outgoing connections, so that none of these takes the port of a stopped node. */
const lowestPort = 20_000;
const portCount = 10_000;
const attempts = 20;

/** What a node has to say before it counts as started, in ms. */
const patience = 10_000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** See the head of this file. */
export class NodeProcess {
  readonly #launch: (port: number) => Launch;
  readonly #onLost: (node: NodeProcess, why: string) => void;
  #port = 0;
  #child: ChildProcess | undefined;
  #gone: Promise<unknown> = Promise.resolve();

  constructor(launch: (port: number) => Launch, onLost: (node: NodeProcess, why: string) => void) {
    this.#launch = launch;
    this.#onLost = onLost;
  }

  /** `host:port`. */
  get name(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Its process; undefined while it is stopped. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it, after a stop on the port it had. Rejects when it does not come up. */
  async start(): Promise<void> {
    if (this.#port !== 0) {
      await this.#run(this.#port);
      return;
    }
    for (let attempt = 1; ; attempt++) {
      const port = lowestPort + Math.floor(Math.random() * portCount);
      try {
        await this.#run(port);
        this.#port = port;
        return;
      } catch (error) {
        const isTaken = error instanceof Error && /EADDRINUSE|in use/i.test(error.message);
        if (!isTaken || attempt === attempts) throw error;
      }
    }
  }

  /** Kills it, without a word. Fulfils when it is gone. Idempotent. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    child?.kill('SIGKILL');
    await this.#gone;
  }

  async #run(port: number): Promise<void> {
    const { process: child, listening } = this.#launch(port);
    running.add(child);
    let complaint = '';
    child.stderr?.on('data', (text: Buffer) => {
      complaint = (complaint + text.toString()).slice(-500);
    });
    this.#child = child;
    const gone = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      // Not `exit`: then its last words may still be on their way.
      child.once('close', (code, signal) => resolve(complaint.trim() || `it ended with ${signal ?? `code ${code}`}`));
    });
    this.#gone = gone;
    let isUp = false;
    child.once('close', () => {
      running.delete(child);
      if (this.#child !== child) return;
      this.#child = undefined;
      if (isUp) void gone.then((why) => this.#onLost(this, why));
    });
    const ended = gone.then((why) => {
      throw new Error(why);
    });
    const waiting = new AbortController();
    const tooLate = sleep(patience, undefined, { signal: waiting.signal }).then(() => {
      throw new Error(`it does not listen after ${patience / 1000} s`);
    });
    try {
      await Promise.race([listening, ended, tooLate]);
      isUp = true;
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      waiting.abort();
    }
  }
}
