/** Counts requests and replies of each listener, and the latencies of nodes over all listeners. */
import { DurationCounter, type Histogram } from '../../base/histogram.ts';
import type { Command } from '../../core/command.ts';
import type { Reply } from '../../core/reply.ts';
import type { CommandName, CommandStats } from '../stats.ts';
import type { MultiCounters } from './multi-get.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The kinds of commands that are counted separately. */
export const commandNames: readonly CommandName[] = [
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
  'admin',
  'invalid',
];

function allNone(): Record<CommandName, Mutable<CommandStats>> {
  const all = commandNames.map((name) => [
    name,
    { seen: 0, ok: 0, misses: 0, notStored: 0, exists: 0, errors: 0, quiet: 0 },
  ]);
  return Object.fromEntries(all) as Record<CommandName, Mutable<CommandStats>>;
}

/** The latencies of each node. */
export class Latencies {
  readonly #counters = new Map<string, DurationCounter>();
  /** The node of the last reply: the replies of one read come in a row (docs/performance.md, "last node"). */
  #lastNode = '';
  #last = new DurationCounter();

  add(node: string, duration: number): void {
    if (node !== this.#lastNode) this.#lookUp(node);
    this.#last.add(duration);
  }

  snapshot(): Readonly<Record<string, Histogram>> {
    return Object.fromEntries([...this.#counters].map(([node, counter]) => [node, counter.snapshot()]));
  }

  /** Drops nodes that are gone. */
  keep(nodes: ReadonlySet<string>): void {
    for (const node of this.#counters.keys()) if (!nodes.has(node)) this.#counters.delete(node);
    this.#lastNode = '';
  }

  reset(): void {
    for (const counter of this.#counters.values()) counter.reset();
  }

  #lookUp(node: string): void {
    let counter = this.#counters.get(node);
    if (counter === undefined) {
      counter = new DurationCounter();
      this.#counters.set(node, counter);
    }
    this.#lastNode = node;
    this.#last = counter;
  }
}

/** Counts the requests and replies of the sessions of each listener, and the latencies of the nodes. */
export class Counters {
  readonly multi: MultiCounters = { keys: 0, duplicates: 0 };
  readonly #commands: Record<CommandName, Mutable<CommandStats>> = allNone();
  readonly #latencies: Latencies | undefined;

  /** `latencies`: undefined = they are not recorded. */
  constructor(latencies?: Latencies) {
    this.#latencies = latencies;
  }

  /** Counts a completed command. `items`: the number of items before the last reply. */
  observe(command: Command, reply: Reply, duration: number, items: number): void {
    const counts = this.#commands[nameOf(command)];
    if (command.keys !== undefined) {
      this.#countKeys(counts, command.keys.length, reply, items);
      if (reply.node !== '') this.#latencies?.add(reply.node, duration);
      return;
    }
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
    if (reply.node !== '') this.#latencies?.add(reply.node, duration);
  }

  /** As memcached does, each key of a get counts. */
  #countKeys(counts: Mutable<CommandStats>, keys: number, reply: Reply, hits: number): void {
    counts.seen += keys;
    counts.ok += hits;
    if (reply.status === 'error') counts.errors += keys - hits;
    else counts.misses += keys - hits;
  }

  commands(): Readonly<Record<CommandName, CommandStats>> {
    const copy = allNone();
    for (const name of commandNames) Object.assign(copy[name], this.#commands[name]);
    return copy;
  }

  /** Adds the counters of others. */
  add(others: Counters): void {
    for (const name of commandNames) {
      const mine = this.#commands[name];
      const theirs = others.#commands[name];
      for (const field of Object.keys(mine) as (keyof CommandStats)[]) mine[field] += theirs[field];
    }
    this.multi.keys += others.multi.keys;
    this.multi.duplicates += others.multi.duplicates;
  }

  reset(): void {
    Object.assign(this.#commands, allNone());
    this.multi.keys = 0;
    this.multi.duplicates = 0;
  }
}

/** The verbs for which `nameOf` needs no other field. */
const plainNames: Partial<Readonly<Record<Command['verb'], CommandName>>> = {
  delete: 'delete',
  touch: 'touch',
  debug: 'me',
  flush: 'flush_all',
  noop: 'noop',
  version: 'version',
  verbosity: 'verbosity',
  stats: 'stats',
  admin: 'admin',
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
