import { Cache } from '../../../src/cache/cache.ts';
import { CacheCore } from '../../../src/cache/core.ts';
import { EntryTranscoder } from '../../../src/cache/entry-transcoder.ts';
import { KeyMaker } from '../../../src/cache/keys.ts';
import type { CacheOptions } from '../../../src/cache/options.ts';
import { resolveCacheOptions } from '../../../src/cache/resolve-options.ts';
import { rootSpace } from '../../../src/cache/seams.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryCalls } from './memory-calls.ts';
import { MemoryNode } from './memory-node.ts';
import { Random } from './random.ts';
import { VirtualProcess } from './virtual-process.ts';

/** What a world is. */
export interface WorldOptions {
  readonly seed?: number;
  /** The longest delay of a command, and of a reply: ms. @default 1 */
  readonly delay?: number;
  readonly protocol?: 'meta' | 'text' | 'binary';
  /** @default 1 */
  readonly nodes?: number;
}

/** A process of a world, with a cache in it. */
export interface CacheProcess {
  readonly process: VirtualProcess;
  readonly cache: Cache;
  readonly core: CacheCore;
  readonly calls: MemoryCalls;
}

/** Nodes, processes with caches, and one clock that the test moves. */
export class World {
  readonly clock: FakeClock = new FakeClock();
  readonly random: Random;
  readonly nodes: readonly MemoryNode[];
  readonly #delay: number;
  readonly #protocol: 'meta' | 'text' | 'binary';
  readonly #processes: VirtualProcess[] = [];

  constructor({ seed = 1, delay = 1, protocol = 'meta', nodes = 1 }: WorldOptions = {}) {
    this.random = new Random(seed);
    this.nodes = Array.from({ length: nodes }, (_, at) => new MemoryNode(`node${at}:11211`, this.clock));
    this.#delay = delay;
    this.#protocol = protocol;
  }

  get node(): MemoryNode {
    return this.nodes[0] as MemoryNode;
  }

  /** The node of a key. */
  readonly nodeOf = (key: string): MemoryNode => {
    let sum = 0;
    for (const character of key) sum = (sum * 31 + character.charCodeAt(0)) % 1_000_003;
    return this.nodes[sum % this.nodes.length] as MemoryNode;
  };

  /** Another process with a cache; `jitter` is 0 unless it is given. */
  start(options: CacheOptions = {}): CacheProcess {
    const process = new VirtualProcess(`p${this.#processes.length}`, this.clock, this.random, { delay: this.#delay });
    this.#processes.push(process);
    const settings = resolveCacheOptions({ jitter: 0, clock: process.clock, random: this.random.next, ...options });
    const { transcoder, isShared, lease } = settings;
    const entries = new EntryTranscoder({ transcoder, emptyIsStub: lease === 'item', isShared });
    const protocol = this.#protocol;
    const calls = new MemoryCalls({ process, nodeOf: this.nodeOf, transcoder: entries, protocol });
    const keys = new KeyMaker(settings.keys);
    const close = (): Promise<void> => Promise.resolve();
    const core = new CacheCore({ calls, entries, keys, maxItemSize: 1024 * 1024, settings, close });
    return { process, calls, core, cache: new Cache(core, rootSpace(keys)) };
  }

  /** All nodes lose their memory and their connections, and their cas numbers begin again. */
  restart(): void {
    for (const node of this.nodes) {
      node.restart();
      for (const process of this.#processes) process.disconnect(node);
    }
  }

  /** Moves the time on. */
  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms);
  }

  /** Moves the time on in steps of some ms; promises settle after each. Faster than `pass`, and coarser. */
  async tick(ms: number, step = 1): Promise<void> {
    const { clock } = this;
    const end = clock.now() + Math.ceil(ms / step) * step;
    while (clock.now() < end) {
      // Steps in which no timer is due change nothing.
      const idle = Math.floor((Math.min(clock.nextDue, end) - clock.now()) / step) * step;
      clock.advance(Math.max(step, idle));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  /** Moves the time on until the promise settles; fails after `ms`. */
  async until<T>(promise: Promise<T>, ms = 60_000): Promise<T> {
    const state = { isSettled: false };
    const settled = promise.finally(() => {
      state.isSettled = true;
    });
    settled.catch(() => {});
    await this.clock.settle();
    for (let passed = 0; !state.isSettled; passed += 5) {
      if (passed > ms) throw new Error(`not settled after ${ms} ms`);
      await this.clock.advanceAsync(5);
    }
    return settled;
  }

  /** Resolves after so many ms of a process's clock. */
  wait(process: VirtualProcess, ms: number): Promise<void> {
    return new Promise((resolve) => void process.clock.setTimer(ms, resolve));
  }
}
