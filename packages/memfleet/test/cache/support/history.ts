import type { LoadContext } from '../../../src/cache/load.ts';
import type { Command } from '../../../src/core/command.ts';
import type { CacheProcess, World } from './world.ts';

/** One run of a loader. */
export interface LoadRecord {
  readonly id: number;
  readonly key: string;
  readonly member: CacheProcess;
  readonly start: number;
  end: number;
}

/** What loaders of a world do. */
export interface LoaderPlan {
  /** The longest load: ms. */
  readonly longest: number;
  /** The shortest load: ms. @default 1 */
  readonly shortest?: number;
  /** The share of loads that fail, and of those that give nothing. */
  readonly failing?: number;
  readonly empty?: number;
}

/** What happened in a world: loads, and the writes that a node executed. */
export class History {
  readonly loads: LoadRecord[] = [];
  /** Loads that were stored after a write that came between. */
  readonly problems: string[] = [];
  /** Loads that were stored while another load of the key ran, or that replace another value than their reader saw. */
  readonly overlaps: string[] = [];
  /** Wire key → when a set, delete or expire of a user was executed. */
  readonly writes = new Map<string, number[]>();
  readonly #world: World;
  plan: LoaderPlan;
  #sets = 0;

  constructor(world: World, plan: LoaderPlan) {
    this.#world = world;
    this.plan = plan;
    for (const node of world.nodes) node.onExecuted = (command, isOk) => this.#executed(command, isOk);
  }

  /** Called when a loader begins, before it is noted. */
  onLoad: ((load: LoadRecord) => void) | undefined;

  /** A value that no other set has. */
  nextValue(): string {
    return `set:${++this.#sets};`;
  }

  /** The loader of a key in a process. */
  loader(member: CacheProcess, key: string): (context: LoadContext) => Promise<string | undefined> {
    return async ({ signal, stale }) => {
      const { random, clock, node } = this.#world;
      const { longest, shortest = 1, failing = 0, empty = 0 } = this.plan;
      const record: LoadRecord = { id: this.loads.length, key, member, start: clock.now(), end: Infinity };
      this.onLoad?.(record);
      if (typeof stale === 'string' && node.valueOf(`:1:${key}`)?.endsWith(stale) !== true)
        this.overlaps.push(`load ${record.id} of ${key} at ${record.start} is to replace ${stale}`);
      this.loads.push(record);
      const fate = random.next();
      const ms = random.int(shortest, longest);
      signal.addEventListener('abort', () => {
        record.end = Math.min(record.end, clock.now());
      });
      await this.#world.wait(member.process, ms);
      record.end = Math.min(record.end, clock.now());
      if (fate < failing) throw new Error('the loader failed');
      return fate < failing + empty ? undefined : `load:${record.id};`;
    };
  }

  /** The loads of a key that go on in processes that live. */
  running(key: string): readonly LoadRecord[] {
    return this.loads.filter(({ key: of, end, member }) => of === key && end === Infinity && member.process.isAlive);
  }

  #executed(command: Command, isOk: boolean): void {
    if (!isOk) return;
    const { verb, key, cas, meta } = command;
    const now = this.#world.clock.now();
    const text = verb === 'store' ? Buffer.from(command.value as string).toString('latin1') : '';
    const isWrite = text.includes('set:') || (verb === 'delete' && (cas === 0n || meta?.invalidate === true));
    if (isWrite) this.writes.set(key, [...(this.writes.get(key) ?? []), now]);
    const stored = /load:(\d+);/.exec(text);
    if (stored === null) return;
    const load = this.loads[Number(stored[1])] as LoadRecord;
    const between = this.writes.get(key)?.find((at) => at > load.start && at < now);
    const [other] = this.running(load.key);
    if (other !== undefined) this.overlaps.push(`load ${load.id} of ${key} is stored while load ${other.id} runs`);
    if (between !== undefined)
      this.problems.push(`load ${load.id} of ${key} began at ${load.start}, a write at ${between}, stored at ${now}`);
  }
}
