/**
 * What a loader gives is never stored after a set, delete or expire that the node executed while it ran (P2), and every
 * call settles (P5), as properties over virtual processes.
 */
import { describe, expect, test } from 'vitest';
import { History } from './support/history.ts';
import { type CacheProcess, World } from './support/world.ts';

const protocols = ['meta', 'text', 'binary'] as const;
const ages = [
  { ttl: 3 },
  { ttl: 2, staleTtl: 20, staleOnError: 60 },
  { ttl: 2, staleOnError: 60, negativeTtl: 1 },
  { ttl: 1, staleTtl: 1, hardTimeout: 1000 },
];

/** Everything that may happen to a process or a node. */
const faults: readonly ((world: World, member: CacheProcess) => void)[] = [
  ({ node }, { process }) => process.disconnect(node),
  ({ clock, random }, { process }) => {
    process.stop();
    clock.setTimer(random.int(1, 6000), () => process.goOn());
  },
  (world) => world.restart(),
  ({ node, clock, random }) => {
    node.isUp = false;
    clock.setTimer(random.int(1, 300), () => {
      node.isUp = true;
    });
  },
];

describe('a node that restarts', () => {
  test.each(protocols.flatMap((protocol) => ['cold', 'stale'].map((state) => ({ protocol, state }))))(
    'repeats its cas numbers, and the load of a $state key is not taken for that of its former life: $protocol',
    async ({ protocol, state }) => {
      const world = new World({ protocol });
      const [first, second] = [world.start({ ttl: 2, staleTtl: 600 }), world.start({ ttl: 2, staleTtl: 600 })];
      if (state === 'stale') await world.until(first.cache.set('k', 'old'));
      await world.pass(3000);
      const load = async (): Promise<string> => {
        await world.wait(first.process, 500);
        return 'loaded';
      };
      first.cache.getOrSet('k', load).catch(() => {});
      await world.pass(100);
      const cas = (await world.until(second.calls.getItem(':1:k')))?.cas;
      world.restart();
      let now: bigint | undefined;
      for (let tries = 0; now !== cas && tries < 10; tries++) {
        await world.until(second.cache.set('k', 'new'));
        now = (await world.until(second.calls.getItem(':1:k')))?.cas;
      }
      expect(now).toBe(cas);
      await world.pass(1000);
      expect(await world.until(second.cache.get('k'))).toBe('new');
    },
  );
});

describe('writes during a load', () => {
  test.each(protocols.flatMap((protocol) => ages.map((options) => ({ protocol, options }))))(
    'no load is stored after a set, a delete or an expire that came between: $protocol $options',
    async ({ protocol, options }) => {
      for (let seed = 0; seed < 4; seed++) {
        const world = new World({ protocol, seed, delay: 4 });
        const members = Array.from({ length: 3 }, () => world.start({ leaseTtl: 2, leaseWait: 3000, ...options }));
        const history = new History(world, { longest: 1500, failing: 0.1, empty: 0.1 });
        const { random } = world;
        const open = new Set<Promise<unknown>>();
        for (let step = 0; step < 100; step++) {
          const member = random.pick(members);
          const { cache, process } = member;
          const key = random.pick(['a', 'b']);
          const calls: readonly (() => Promise<unknown>)[] = [
            () => cache.getOrSet(key, history.loader(member, key)),
            () => cache.getOrSet(key, history.loader(member, key)),
            () => cache.getOrSet(key, history.loader(member, key)),
            () => cache.set(key, history.nextValue()),
            () => cache.delete(key),
            () => cache.expire(key),
            () => cache.touch(key, 5),
            () => cache.add(key, history.nextValue()),
            () => cache.get(key),
          ];
          const call = random.pick(calls);
          process.run(() => {
            const called = call().catch(() => {});
            open.add(called);
            void called.then(() => open.delete(called));
          });
          if (random.next() < 0.06) random.pick(faults)(world, member);
          await world.tick(random.int(1, 80));
        }
        await world.tick(7000 + 3000 + 1500);
        expect(open.size, `calls that did not settle, seed ${seed}`).toBe(0);
        expect(history.problems, `seed ${seed}`).toEqual([]);
      }
    },
  );
});
