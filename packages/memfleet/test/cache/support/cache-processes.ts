/** Real processes with caches, and the loads of all of them, which the test ends one by one. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CacheOptions, EntryOptions } from '../../../src/cache/index.ts';

const program = fileURLToPath(new URL('cache-process.mjs', import.meta.url));

/** What calls of getOrSet gave. */
export interface Answers {
  /** How many calls gave a value, by its JSON. */
  readonly values: Readonly<Record<string, number>>;
  /** How many calls threw, by the name of the error. */
  readonly errors: Readonly<Record<string, number>>;
  /** Until the last one ended: ms. */
  readonly took: number;
}

/** Calls of getOrSet in progress. */
export interface Asked {
  /** All have been to the node. */
  readonly begun: Promise<void>;
  readonly answers: Promise<Answers>;
}

/** A loader that runs in a process. */
export interface RunningLoad {
  readonly process: CacheProcess;
  /** When the test heard of it: ms. */
  readonly at: number;
  /** Ends it: it gives a value, or throws. */
  finish(value: unknown): void;
  fail(message: string): void;
}

type Message = { readonly id: number; readonly result?: unknown; readonly error?: string } | LoadMessage;
interface LoadMessage {
  readonly loading: number;
  readonly fleet: string;
  readonly key: string;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The loads of all processes in the order in which they began. */
export class FleetLoads {
  readonly #loads = new Map<string, RunningLoad[]>();
  readonly #watchers = new Set<() => void>();

  /** The loads of a key so far. */
  of(fleet: string, key: string): readonly RunningLoad[] {
    return this.#loads.get(`${fleet} ${key}`) ?? [];
  }

  /** The load of a key with this number, from 1, when it begins. */
  async nth(fleet: string, key: string, number: number): Promise<RunningLoad> {
    for (;;) {
      const load = this.of(fleet, key)[number - 1];
      if (load !== undefined) return load;
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  add(fleet: string, key: string, load: RunningLoad): void {
    this.#loads.set(`${fleet} ${key}`, [...this.of(fleet, key), load]);
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
  }
}

/** A process with a cache for each fleet. */
export class CacheProcess {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending[]>();
  #calls = 0;

  constructor(loads: FleetLoads) {
    this.#child = fork(program, { execArgv: [] });
    this.#child.on('message', (message: Message) => {
      if (!('loading' in message)) {
        this.#settle(message);
        return;
      }
      const { loading: run, fleet, key } = message;
      const end = (how: object): void => void this.#send({ call: 'finish', run, ...how });
      loads.add(fleet, key, {
        process: this,
        at: performance.now(),
        finish: (value) => end({ value }),
        fail: (error) => end({ error }),
      });
    });
  }

  /** Makes the cache of a fleet. */
  async open(fleet: string, options: CacheOptions): Promise<void> {
    await this.#send({ call: 'open', fleet, options })[0];
  }

  /** Calls getOrSet `count` times at once. */
  ask(fleet: string, key: string, count: number, options: EntryOptions = {}): Asked {
    const [begun, answers] = this.#send({ call: 'ask', fleet, key, count, options }, 2);
    return { begun: begun as Promise<void>, answers: answers as Promise<Answers> };
  }

  /** Calls a method of the cache. */
  call(fleet: string, method: string, ...args: unknown[]): Promise<unknown> {
    return this.#send({ call: method, fleet, args })[0] as Promise<unknown>;
  }

  /** Resolves when the node of a key takes writes of the process. */
  async reach(fleet: string, key: string): Promise<void> {
    await this.#send({ call: 'reach', fleet, key })[0];
  }

  /** Stops it, as a machine that is suspended; `SIGCONT` wakes it up. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  /** Kills it; its calls never end. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  #send(message: object, results = 1): Promise<unknown>[] {
    const id = ++this.#calls;
    const pending: Pending[] = [];
    this.#pending.set(id, pending);
    this.#child.send({ id, ...message });
    return Array.from(
      { length: results },
      () => new Promise((resolve, reject) => void pending.push({ resolve, reject })),
    );
  }

  #settle({ id, result, error }: Exclude<Message, LoadMessage>): void {
    const pending = this.#pending.get(id);
    const next = pending?.shift();
    if (pending?.length === 0) this.#pending.delete(id);
    if (error === undefined) next?.resolve(result);
    else next?.reject(new Error(error));
  }
}

/** The answers of several processes as one. */
export async function allAnswers(asked: readonly Asked[]): Promise<Answers> {
  const all = await Promise.all(asked.map(({ answers }) => answers));
  const sum = (parts: readonly Readonly<Record<string, number>>[]): Record<string, number> => {
    const total: Record<string, number> = {};
    for (const part of parts)
      for (const [name, count] of Object.entries(part)) total[name] = (total[name] ?? 0) + count;
    return total;
  };
  return {
    values: sum(all.map(({ values }) => values)),
    errors: sum(all.map(({ errors }) => errors)),
    took: Math.max(...all.map(({ took }) => took)),
  };
}
