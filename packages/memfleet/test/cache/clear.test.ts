/**
 * Who reads after a clear or an invalidation has returned sees nothing that was stored, or whose load began, before it
 * was called (P3, P4), as properties over virtual processes. Each fails with the mutants that `scripts/mutants` names
 * for it.
 */
import { describe, expect, test } from 'vitest';
import type { Cache, LoadContext } from '../../src/cache/index.ts';
import { Chronicle } from './support/chronicle.ts';
import { type CacheProcess, World, type WorldOptions } from './support/world.ts';

const protocols = ['meta', 'text', 'binary'] as const;
const spaces = ['a', 'a:b', 'c'] as const;
const tags = ['t', 'u'] as const;
/** Tags that few have seen. */
const rareTags = [...tags, 'v', 'w', 'x', 'y', 'z'] as const;

function spaceOf(cache: Cache, path: string): Cache {
  return path === '' ? cache : path.split(':').reduce((outer, name) => outer.namespace(name), cache);
}

/** A world with processes that read, write, load, clear and invalidate. */
class Play {
  readonly world: World;
  readonly chronicle = new Chronicle();
  readonly members: readonly CacheProcess[];
  /** The version items that exist or have existed. */
  readonly #versions = new Set<string>();

  constructor(options: WorldOptions, entry: object = {}) {
    this.world = new World(options);
    this.members = Array.from({ length: 4 }, () => this.world.start({ outageTtl: 0, ...entry }));
    for (const node of this.world.nodes)
      node.onExecuted = ({ key }) => {
        if (/~[nt]:/.test(key)) this.#versions.add(key);
      };
  }

  get random(): World['random'] {
    return this.world.random;
  }

  /** Calls one after the other, each in some process, with a little time between. */
  async run(steps: number, calls: readonly (readonly [share: number, call: (member: CacheProcess) => unknown])[]) {
    const { random, world } = this;
    for (let step = 0; step < steps; step++) {
      const member = random.pick(this.members);
      let left = random.next() * calls.reduce((sum, [share]) => sum + share, 0);
      const [, call] = calls.find(([share]) => (left -= share) < 0) ?? calls[0]!;
      member.process.run(() => void call(member));
      await world.tick(random.next() * 0.4, 0.1);
    }
    await world.tick(50);
  }

  readonly get = async ({ cache }: CacheProcess): Promise<void> => {
    const space = spaceOf(cache, this.random.pick(spaces));
    const reading = this.chronicle.reads();
    this.chronicle.gives(reading, await space.get(this.#key()).catch(() => undefined));
  };

  readonly getMany = async ({ cache }: CacheProcess): Promise<void> => {
    const space = spaceOf(cache, this.random.pick(spaces));
    const reading = this.chronicle.reads();
    const values = await space.getMany(['k0', 'k1']).catch(() => new Map<string, unknown>());
    for (const value of values.values()) this.chronicle.gives(reading, value);
  };

  readonly set = async ({ cache }: CacheProcess): Promise<void> => {
    const path = this.random.pick(spaces);
    const own = this.random.next() < 0.5 ? [this.random.pick(tags)] : [];
    const value = this.chronicle.newValue(path, own);
    const verb = this.random.next() < 0.7 ? 'set' : 'add';
    if (await spaceOf(cache, path)[verb](this.#key(), value, { tags: own })) this.chronicle.stands(value);
  };

  readonly load = async ({ cache, process }: CacheProcess): Promise<void> => {
    const path = this.random.pick(spaces);
    const asked = this.random.next() < 0.5 ? [this.random.pick(tags)] : [];
    const reading = this.chronicle.reads(asked);
    const loader = (context: Pick<LoadContext, 'addTags'>): Promise<string> =>
      this.#load(process, path, asked, context);
    this.chronicle.gives(reading, await spaceOf(cache, path).getOrSet(this.#key(), loader, { tags: asked }));
  };

  readonly loadMany = async ({ cache, process }: CacheProcess): Promise<void> => {
    const path = this.random.pick(spaces);
    const asked = this.random.next() < 0.5 ? [this.random.pick(tags)] : [];
    const reading = this.chronicle.reads(asked);
    const load = async (missing: string[], context: Pick<LoadContext, 'addTags'>): Promise<Map<string, string>> => {
      const value = await this.#load(process, path, asked, context);
      return new Map(missing.map((key) => [key, value]));
    };
    const values = await spaceOf(cache, path).getOrSetMany([this.#key(), this.#key()], load, { tags: asked });
    for (const value of values.values()) this.chronicle.gives(reading, value);
  };

  readonly clear = async ({ cache }: CacheProcess): Promise<void> => {
    const path = this.random.pick(spaces);
    await this.chronicle.clear(path, () => spaceOf(cache, path).clear()).catch(() => {});
  };

  readonly invalidate = async ({ cache }: CacheProcess): Promise<void> => {
    const names = this.random.next() < 0.3 ? tags : [this.random.pick(rareTags)];
    await this.chronicle.invalidate(names, () => cache.invalidateTags(...names)).catch(() => {});
  };

  readonly evict = (): void => {
    if (this.#versions.size === 0) return;
    const key = this.random.pick([...this.#versions]);
    this.world.nodeOf(key).evict(key);
  };

  readonly stop = ({ process }: CacheProcess): void => {
    process.stop();
    this.world.clock.setTimer(this.random.next() * 10, () => process.goOn());
  };

  readonly disconnect = ({ process }: CacheProcess): void => process.disconnect(this.random.pick(this.world.nodes));

  readonly down = (): void => {
    const node = this.random.pick(this.world.nodes);
    node.isUp = false;
    this.world.clock.setTimer(this.random.next() * 5, () => {
      node.isUp = true;
    });
  };

  async #load(
    process: CacheProcess['process'],
    path: string,
    asked: readonly string[],
    { addTags }: Pick<LoadContext, 'addTags'>,
  ): Promise<string> {
    const value = this.chronicle.newValue(path, asked);
    this.chronicle.stands(value);
    const longest = this.random.next() < 0.5 ? 6 : 2;
    await this.world.wait(process, this.random.next() * longest);
    // Often the tags follow from the data that was read.
    if (this.random.next() < 0.4) {
      const added = this.random.pick(rareTags);
      this.chronicle.addTag(value, added);
      addTags(added);
      await this.world.wait(process, this.random.next() * longest);
    }
    return value;
  }

  #key(): string {
    return `k${this.random.int(0, 2)}`;
  }
}

const worlds = protocols.flatMap((protocol) => [1, 3].map((nodes) => ({ protocol, nodes, delay: 0.3 })));

/** Each world with three seeds of its own: so many histories meet every mutant of `npm run mutants`. */
const seeds = [0, 100, 200].flatMap((first) => worlds.map((world, at) => ({ ...world, seed: first + at })));

describe.each(seeds)('after a clear has returned: $protocol, $nodes nodes, seed $seed', (options) => {
  test('no read gives a value whose set returned before, whatever is evicted and whichever node fails', async () => {
    const play = new Play(options);
    await play.run(500, [
      [60, play.get],
      [10, play.getMany],
      [30, play.set],
      [4, play.clear],
      [2, play.evict],
      [0.5, play.stop],
      [0.5, play.disconnect],
      [0.5, play.down],
    ]);
    expect(play.chronicle.problems).toEqual([]);
    expect(play.chronicle.hits).toBeGreaterThan(20);
  });

  test('no call gives a value whose load began before', async () => {
    const play = new Play(options, { ttl: 60 });
    await play.run(300, [
      [40, play.load],
      [10, play.loadMany],
      [20, play.get],
      [5, play.set],
      [4, play.clear],
      [1, play.evict],
      [0.5, play.stop],
    ]);
    expect(play.chronicle.problems).toEqual([]);
    expect(play.chronicle.hits).toBeGreaterThan(20);
  });
});

describe.each(seeds)('after an invalidation has returned: $protocol, $nodes nodes, seed $seed', (options) => {
  test.each([{ ttl: 60 }, { ttl: 1, staleTtl: 60, staleOnError: 60 }, { lease: 'beside' }])(
    'no call gives a value with its tag that was set, or whose load began, before: %j',
    async (entry) => {
      const play = new Play(options, entry);
      await play.run(300, [
        [40, play.load],
        [10, play.loadMany],
        [20, play.get],
        [10, play.set],
        [6, play.invalidate],
        [1, play.clear],
        [1, play.evict],
        [0.5, play.stop],
      ]);
      expect(play.chronicle.problems).toEqual([]);
      expect(play.chronicle.hits).toBeGreaterThan(20);
    },
  );
});

describe.each(protocols)('a change at any point of a load: %s', (protocol) => {
  const changes = ['clear', 'asked tag', 'added tag', 'late tag'] as const;
  test.each(changes.flatMap((change) => ['cold', 'stale'].map((state) => ({ change, state }))))(
    'is seen by all who come after it: $change, $state key',
    async ({ change, state }) => {
      for (let at = 0; at < 9; at++) {
        const { world, chronicle, members } = new Play({ protocol, delay: 1, seed: at }, { ttl: 2, staleTtl: 60 });
        const [loading, changing, reading] = members as [CacheProcess, CacheProcess, CacheProcess];
        const asked = change === 'asked tag' ? ['t'] : [];
        const call = async ({ cache, process }: CacheProcess, ms: number): Promise<void> => {
          const read = chronicle.reads(asked);
          const load = async ({ addTags }: LoadContext): Promise<string> => {
            const value = chronicle.newValue('a', asked);
            chronicle.stands(value);
            if (change !== 'clear') chronicle.addTag(value, 't');
            if (change === 'added tag') addTags('t');
            await world.wait(process, ms);
            if (change === 'late tag') addTags('t');
            return value;
          };
          chronicle.gives(read, await cache.namespace('a').getOrSet('k', load, { tags: asked }));
        };
        if (state === 'stale') {
          await world.until(call(reading, 0));
          await world.tick(2500, 500);
        }
        const first = call(loading, 4);
        await world.tick(at);
        const { cache } = changing;
        if (change === 'clear') await world.until(chronicle.clear('a', () => cache.namespace('a').clear()));
        else await world.until(chronicle.invalidate(['t'], () => cache.invalidateTags('t')));
        await world.until(Promise.all([first, ...members.map((member) => call(member, 3))]));
        await world.until(Promise.all(members.map((member) => call(member, 0))));
        expect(chronicle.problems, `${at} ms after the call`).toEqual([]);
      }
    },
  );
});

test('a tag that is added while it is invalidated is that of before, or the value is not stored', async () => {
  for (let seed = 0; seed < 300; seed++) {
    const { world, chronicle, members } = new Play({ delay: 2, seed });
    const [loading, changing] = members as [CacheProcess, CacheProcess];
    const value = chronicle.newValue('', ['t']);
    const load = async ({ addTags }: LoadContext): Promise<string> => {
      chronicle.stands(value);
      await world.wait(loading.process, 8);
      addTags('t');
      return value;
    };
    const first = loading.cache.getOrSet('k', load);
    await world.tick(world.random.int(4, 26));
    const invalidating = chronicle.invalidate(['t'], () => changing.cache.invalidateTags('t'));
    await world.until(Promise.all([first, invalidating]));
    const read = chronicle.reads();
    chronicle.gives(read, await world.until(changing.cache.get('k')));
    expect(chronicle.problems, `seed ${seed}`).toEqual([]);
  }
});

describe('a read in a namespace', () => {
  test('is sent at once with the read of the version, which the calls of a turn share', async () => {
    const { world, members } = new Play({ delay: 10 });
    const [{ cache, calls }] = members as [CacheProcess];
    const space = cache.namespace('a').namespace('b');
    await world.until(space.set('k', 'v'));
    const sent: string[] = [];
    calls.onCall = (verb, key) =>
      void sent.push(`${verb} ${key.replaceAll(/@[\w-]{16}/g, '')} at ${world.clock.now()}`);
    const now = world.clock.now();
    const values = world.until(Promise.all([space.get('k'), space.get('k')]));
    expect(await values).toEqual(['v', 'v']);
    expect(sent.toSorted()).toEqual(
      [':1:a:b:k', ':1:a:b:k', ':1:a:~n:b', ':1:~n:a'].map((key) => `get ${key} at ${now}`),
    );
  });

  test('is one trip more in a process that has not seen the namespace, and none more where nobody has', async () => {
    const { world, members } = new Play({ delay: 0 });
    const [{ cache, calls }, other] = members as [CacheProcess, CacheProcess];
    const sent: string[] = [];
    calls.onCall = (verb) => void sent.push(verb);
    expect(await world.until(cache.namespace('a').set('k', 'v'))).toBe(true);
    expect(sent).toEqual(['get', 'set', 'set']);
    other.calls.onCall = (verb) => void sent.push(verb);
    expect(await world.until(other.cache.namespace('a').get('k'))).toBe('v');
    expect(sent.slice(3)).toEqual(['get', 'get', 'get']);
  });
});
