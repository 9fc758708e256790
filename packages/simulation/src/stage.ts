/**
 * A world with named processes, and what is noted about it: what a scenario sets up and faults strike.
 *
 *   processes (nodes, clients, proxies) ─ faults ─▶ kill, pause, partition …
 *        └─ calls ─▶ history       └─ standstills, wipes, counts, problems
 */
import type { MemcacheError } from 'memfleet';
import type { Host, World } from 'memfleet/testing';
import type { Standstill } from './check/bounds.ts';
import type { Ejection } from './check/ejections.ts';
import { History, type Operation } from './history.ts';
import type { Problem } from './problem.ts';

/** Something that runs on a host and can be started again. */
export interface Process {
  readonly host: Host;
  /** Starts it in a new life of its host. */
  start(): Promise<void>;
  /** Called when its host was killed, where something outside of it must know. */
  ended?(): void;
  /** A node, whose items are lost when it dies: `host:port`. */
  readonly node?: string;
}

/** What faults strike. */
export class Stage {
  readonly world: World;
  readonly history: History;
  readonly processes: Map<string, Process> = new Map();
  readonly standstills: Standstill[] = [];
  readonly ejections: Ejection[] = [];
  /** When proxies took a new configuration: virtual ms. */
  readonly reloads: { readonly from: number; to: number }[] = [];
  readonly problems: Problem[] = [];
  readonly happened: Record<string, number> = {};
  /** Operations that wipe the items of dead nodes, until those are back. */
  readonly #wipes = new Map<string, Operation[]>();
  /** The keys that a node may have. */
  keysOf: (node: string) => readonly string[] = () => [];

  constructor(world: World) {
    this.world = world;
    this.history = new History(() => world.now);
  }

  count(what: string): void {
    this.countMany(what, 1);
  }

  countMany(what: string, times: number): void {
    this.happened[what] = (this.happened[what] ?? 0) + times;
  }

  /** A client ejects a node. */
  eject(caller: string, node: string): void {
    this.count('eject');
    this.world.note(`${caller} ejects ${node}`);
    this.ejections.push({ caller, node, from: this.world.now, to: Infinity });
  }

  /** A client uses a node again. */
  readmit(caller: string, node: string): void {
    this.count('readmit');
    this.world.note(`${caller} readmits ${node}`);
    for (const ejection of this.ejections)
      if (ejection.caller === caller && ejection.node === node && ejection.to === Infinity)
        ejection.to = this.world.now;
  }

  /** A client loses a connection, or closes it. */
  lose(caller: string, node: string, error: MemcacheError | undefined): void {
    this.count(error === undefined ? 'disconnect' : `lost: ${error.code}`);
    if (error?.code !== 'ERR_PROTOCOL') return;
    this.report({ rule: 'G4', at: this.world.now, message: `${caller} ↔ ${node}: ${error.message}` });
  }

  report(problem: Problem): void {
    this.problems.push(problem);
    this.world.note(`PROBLEM ${problem.rule} ${problem.key ?? ''} ${problem.message}`);
  }

  add(name: string, process: Process): Promise<void> {
    this.processes.set(name, process);
    return process.start();
  }

  process(name: string): Process {
    const process = this.processes.get(name);
    if (process === undefined) throw new Error(`there is no process ${name}`);
    return process;
  }

  /** Ends a process at once. */
  kill(name: string, how: 'reset' | 'end' | 'silent'): void {
    const process = this.process(name);
    const { host, node } = process;
    if (!host.isUp) return;
    host.kill(how);
    this.count(`kill ${how}`);
    process.ended?.();
    if (node === undefined) return;
    const begun = this.keysOf(node).map((key) => this.history.begin({ caller: name, key, verb: 'wipe', node }));
    this.#wipes.set(name, begun);
  }

  /** Starts a process that was killed. */
  async start(name: string): Promise<void> {
    const process = this.process(name);
    if (process.host.isUp) return;
    process.host.start();
    for (const wipe of this.#wipes.get(name) ?? []) this.history.end(wipe, 'done');
    this.#wipes.delete(name);
    await process.start();
  }

  /** Whether a process is alive and does not stand still. */
  isRunning(name: string): boolean {
    const { now } = this.world;
    if (!this.process(name).host.isUp) return false;
    return !this.standstills.some(({ from, place, to }) => place === name && from <= now && now < to);
  }

  /** The process does nothing for a while. */
  pause(name: string, ms: number): void {
    const { host } = this.process(name);
    if (!host.isUp) return;
    host.pause(ms);
    this.count('pause');
    this.standstills.push({ place: name, from: this.world.now, to: this.world.now + ms });
  }
}
