/** What the sessions of a proxy asked and were told. */
import type { Command } from '../command.ts';
import type { Reply } from '../reply.ts';
import { DurationCounter, type Histogram } from './histogram.ts';
import type { MultiCounters } from './multi-get.ts';
import type { CommandName, CommandStats } from './stats.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const names: readonly CommandName[] = [
  'get',
  'gets',
  'gat',
  'set',
  'add',
  'replace',
  'append',
  'prepend',
  'cas',
  'delete',
  'incr',
  'decr',
  'touch',
  'me',
  'flush_all',
  'noop',
  'version',
  'verbosity',
  'stats',
  'invalid',
];

function none(): Mutable<CommandStats> {
  return { seen: 0, ok: 0, misses: 0, notStored: 0, exists: 0, errors: 0, quiet: 0 };
}

/** See the head of this file. */
export class Counters {
  readonly multi: MultiCounters = { keys: 0, duplicates: 0 };
  readonly #commands = Object.fromEntries(names.map((name) => [name, none()])) as Record<
    CommandName,
    Mutable<CommandStats>
  >;
  readonly #latencies = new Map<string, DurationCounter>();
  readonly #timings: boolean;
  #lastNode = '';
  #lastLatency = new DurationCounter();

  constructor(timings: boolean) {
    this.#timings = timings;
  }

  /** A command was answered. */
  observe(command: Command, reply: Reply, duration: number): void {
    const counts = this.#commands[nameOf(command)];
    counts.seen++;
    if (command.quiet) counts.quiet++;
    switch (reply.status) {
      case 'ok':
        counts.ok++;
        break;
      case 'miss':
        counts.misses++;
        break;
      case 'notStored':
        counts.notStored++;
        break;
      case 'exists':
        counts.exists++;
        break;
      case 'error':
        counts.errors++;
    }
    if (!this.#timings || reply.node === '') return;
    if (reply.node !== this.#lastNode) this.#lookUp(reply.node);
    this.#lastLatency.add(duration);
  }

  commands(): Readonly<Record<CommandName, CommandStats>> {
    return Object.fromEntries(names.map((name) => [name, { ...this.#commands[name] }])) as Record<
      CommandName,
      CommandStats
    >;
  }

  latencies(): Readonly<Record<string, Histogram>> {
    return Object.fromEntries([...this.#latencies].map(([node, counter]) => [node, counter.snapshot()]));
  }

  /** Forgets the latencies of nodes that are gone. */
  keepNodes(nodes: ReadonlySet<string>): void {
    for (const node of this.#latencies.keys()) if (!nodes.has(node)) this.#latencies.delete(node);
    this.#lastNode = '';
  }

  reset(): void {
    for (const name of names) Object.assign(this.#commands[name], none());
    this.multi.keys = 0;
    this.multi.duplicates = 0;
    for (const counter of this.#latencies.values()) counter.reset();
  }

  #lookUp(node: string): void {
    let counter = this.#latencies.get(node);
    if (counter === undefined) {
      counter = new DurationCounter();
      this.#latencies.set(node, counter);
    }
    this.#lastNode = node;
    this.#lastLatency = counter;
  }
}

/** What `nameOf` does not have to look at. */
const plainNames: Partial<Readonly<Record<Command['verb'], CommandName>>> = {
  delete: 'delete',
  touch: 'touch',
  debug: 'me',
  flush: 'flush_all',
  noop: 'noop',
  version: 'version',
  verbosity: 'verbosity',
  stats: 'stats',
};

function nameOf(command: Command): CommandName {
  switch (command.verb) {
    case 'get':
      if (command.touch) return 'gat';
      return command.wantCas && command.dialect !== 'binary' ? 'gets' : 'get';
    case 'store':
      return command.cas === 0n ? command.mode : 'cas';
    case 'arith':
      return command.decrement ? 'decr' : 'incr';
    default:
      return plainNames[command.verb] ?? 'invalid';
  }
}
