/**
 * At most one loader of a key at a time, whatever happens to the processes, as properties over virtual processes. Each
 * property fails with the mutants that `scripts/mutants` names for it.
 */
import { describe, expect, test } from 'vitest';
import { History, type LoadRecord } from './support/history.ts';
import { type CacheProcess, World } from './support/world.ts';

/** What a scene varies. */
interface Scene {
  readonly protocol: 'meta' | 'text' | 'binary';
  readonly lease: 'item' | 'beside';
  readonly options: object;
}

const ages = [
  { ttl: 2 },
  { ttl: 2, staleTtl: 60 },
  { ttl: 2, staleOnError: 60 },
  { ttl: 4, refreshAhead: 2, staleTtl: 2, staleOnError: 60 },
  // The margin is short: values are read within it, and end during loads.
  { ttl: 1, staleTtl: 1, hardTimeout: 1000 },
  { ttl: 1, staleOnError: 1, hardTimeout: 2000 },
];
const scenes: readonly Scene[] = (['meta', 'text', 'binary'] as const).flatMap((protocol) =>
  (['item', 'beside'] as const).flatMap((lease) => ages.map((options) => ({ protocol, lease, options }))),
);

/** The classic text protocol cannot give a lease back at once. */
const alwaysDue: readonly Scene[] = (['meta', 'binary'] as const).map((protocol) => {
  return { protocol, lease: 'item', options: { ttl: 1000, refreshAhead: 1000 } };
});

/** Nobody gives up waiting, so that every load has a lease. */
const patient = { leaseTtl: 3, leaseWait: 600_000, hardTimeout: 20_000 };
/**
 * Stops of less than this do not end a lease of 3 seconds: it has two left after a renewal, which is due each second.
 */
const shortStop = 900;

/** A world, its processes, and what happens in it. */
class Run {
  readonly world: World;
  readonly history: History;
  readonly members: CacheProcess[];
  readonly protocol: Scene['protocol'];
  readonly #options: object;

  constructor({ protocol, lease, options }: Scene, seed: number, failing = 0.1) {
    this.protocol = protocol;
    this.#options = { lease, ...patient, ...options };
    this.world = new World({ protocol, seed, delay: 4 });
    this.members = Array.from({ length: 4 }, () => this.world.start(this.#options));
    this.history = new History(this.world, { longest: 4000, failing, empty: failing / 2 });
  }

  /** Calls of random processes for random keys; now and then a process is killed and replaced, or stopped. */
  readonly play = async (steps: number, disturbance: number): Promise<void> => {
    const { world, members, history } = this;
    for (let step = 0; step < steps; step++) {
      const member = world.random.pick(members);
      const key = world.random.pick(['a', 'b']);
      member.process.run(() => void member.cache.getOrSet(key, history.loader(member, key)).catch(() => {}));
      if (world.random.next() < disturbance) this.#disturb();
      await world.tick(world.random.int(1, 150));
    }
  };

  /** Each process reads a key, and the time passes. */
  readonly readAll = async (ms: number): Promise<void> => {
    for (const member of this.members) member.cache.getOrSet('a', this.history.loader(member, 'a')).catch(() => {});
    await this.world.tick(ms);
  };

  /** Many processes read one key again and again. */
  readonly crowd = async (size: number, ms: number): Promise<void> => {
    const { world, history } = this;
    const crowd = Array.from({ length: size }, () => world.start(this.#options));
    for (let passed = 0; passed < ms; passed += 2) {
      const member = world.random.pick(crowd);
      member.cache.getOrSet('a', history.loader(member, 'a')).catch(() => {});
      await world.tick(2);
    }
  };

  #disturb(): void {
    const { random, clock } = this.world;
    const at = random.int(0, this.members.length - 1);
    const { process } = this.members[at] as CacheProcess;
    if (random.next() < 0.3) {
      process.kill();
      this.members[at] = this.world.start(this.#options);
    } else if (!process.isStopped) {
      process.stop();
      clock.setTimer(random.int(1, shortStop), () => process.goOn());
    }
  }
}

/** Runs a scene for some seeds, each scene with other ones. */
async function forAll(seeds: number, chosen: readonly Scene[], check: (run: Run) => Promise<void>): Promise<void> {
  for (const [at, scene] of chosen.entries())
    for (let seed = at; seed < at + seeds; seed++) {
      try {
        await check(new Run(scene, seed));
      } catch (error) {
        throw new Error(`seed ${seed}, ${JSON.stringify(scene)}: ${(error as Error).message}`, { cause: error });
      }
    }
}

describe('leases', () => {
  test('no two loaders of a key run at a time: cold, stale and fallback, with kills, stops and failures', () =>
    forAll(1, scenes, async ({ history, play }) => {
      const overlaps: string[] = [];
      history.onLoad = ({ key, start }) => {
        const [other] = history.running(key);
        if (other !== undefined) overlaps.push(`${key} at ${start}, while load ${other.id} runs`);
      };
      await play(70, 0.06);
      expect(overlaps).toEqual([]);
      expect(history.loads.length).toBeGreaterThan(1);
    }));

  test('no load is needless: when a loader begins, nothing fresh is stored', () =>
    forAll(1, scenes, async ({ world, history, play, protocol }) => {
      const needless: string[] = [];
      history.onLoad = ({ key, start, member }) => {
        const { entry } = member.core;
        const kept = Math.max(entry.staleTtl, entry.staleOnError);
        const margin = kept + entry.refreshAhead > 0 ? entry.hardTimeout / 1000 : 0;
        const left = (world.node.ttlOfValue(`:1:${key}`) ?? -Infinity) - kept - margin - entry.refreshAhead;
        // Without meta the writer's clock tells, in whole seconds; it may tick between a write and its node.
        if (left > (protocol === 'meta' ? 0 : 1)) needless.push(`${key} at ${start}: fresh for ${left} s`);
      };
      await play(80, 0);
      expect(needless).toEqual([]);
    }));

  test.each([
    ['stale', { staleTtl: 60 }],
    ['fallback', { staleOnError: 60 }],
    ['gone', {}],
  ])('the load of a %s key is taken over once the lease of a killed winner is over', async (_, kept) => {
    for (const protocol of ['meta', 'text', 'binary'] as const) {
      const { world, members, history, readAll } = new Run(
        { protocol, lease: 'item', options: { ttl: 2, ...kept } },
        7,
      );
      history.plan = { longest: 1 };
      await readAll(200);
      await world.tick(3000);
      history.plan = { longest: 100_000, shortest: 100_000 };
      while (history.loads.length < 2) await readAll(100);
      const { member } = history.loads[1] as LoadRecord;
      members.splice(members.indexOf(member), 1);
      member.process.kill();
      const killed = world.clock.now();
      while (history.loads.length < 3) await readAll(100);
      // Three seconds of the lease, and a quarter of them until each process asks again.
      expect(world.clock.now() - killed).toBeLessThan(3000 + 750 + 300);
    }
  });

  test('a loader that ignores its signal blocks nobody for longer than hardTimeout and errorTtl', async () => {
    for (const protocol of ['meta', 'text', 'binary'] as const) {
      const scene = {
        protocol,
        lease: 'item',
        options: { ttl: 2, staleTtl: 60, hardTimeout: 1500, errorTtl: 3 },
      } as const;
      const { world, history, readAll } = new Run(scene, 7);
      history.plan = { longest: 1 };
      await readAll(200);
      await world.tick(3000);
      history.plan = { longest: 100_000, shortest: 100_000 };
      while (history.loads.length < 2) await readAll(100);
      const began = world.clock.now();
      // The value of the first load is there, and stale.
      expect(began).toBeLessThan(6000);
      while (history.loads.length < 3) await readAll(100);
      expect(world.clock.now() - began).toBeLessThan(1500 + 3000 + 750 + 300);
    }
  });

  test('a value that is always due is refreshed by one process at a time, from the value that it has seen', () =>
    forAll(2, alwaysDue, async ({ history, crowd }) => {
      history.plan = { longest: 6 };
      await crowd(30, 1500);
      expect(history.overlaps).toEqual([]);
      expect(history.loads.length).toBeGreaterThan(20);
    }));
});
