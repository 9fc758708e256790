/** Runs a plan of the scenario `cache` and checks its history. */
import { type Client, createClient, MemcacheError, RawValue } from 'memfleet';
import { type Cache, createCache } from 'memfleet/cache';
import type { World } from 'memfleet/testing';
import { checkCacheBounds, checkCacheValue, checkRejection, loadFailed } from '../../check/cache-calls.ts';
import { type CacheEvent, checkCache } from '../../check/cache.ts';
import { isFault, longestPause, strike } from '../../faults.ts';
import { checkClosing, heal } from '../../load.ts';
import type { Outcome } from '../../outcome.ts';
import { numberIn, type Plan, type PlannedCall, textIn } from '../../plan.ts';
import { outcomeOf, playPlan } from '../../play-plan.ts';
import type { RunSettings } from '../../scenario.ts';
import type { Stage } from '../../stage.ts';
import { closeAll, startNodes } from '../fleet/cast.ts';
import { fleetOf } from '../fleet/fleet-options.ts';
import { clientNames, nodesOf } from '../fleet/plan.ts';
import { tagOf, tagsOf } from './plan.ts';

type Space = Pick<Cache, 'get' | 'set' | 'delete' | 'expire' | 'getOrSet'>;

/** Bytes that are no number of ours: nothing, half of an entry, parts that are not there, JSON that is none. */
const spoils: readonly RawValue[] = [0x6d66_1000, 0x6d66_1000, 0x6d66_1400, 2].map((flags, index) => {
  const text = ['', '\u0001\u0001half of an entry', '\u0001\u0000\u0000parts that are nowhere', '{"half'][index] ?? '';
  return new RawValue(Buffer.from(text), flags);
});

/** The item with the version of the namespace. */
const versionKey = ':1:~n:s';

/** How long after its load or set a value may be returned: ms. */
function longestLife({ faults, options }: Plan): number {
  const ttl = numberIn(options, 'ttl');
  if (ttl === 0) return Infinity;
  const stale = Math.max(numberIn(options, 'staleTtl'), numberIn(options, 'staleOnError'));
  // It is stored a little after its load, later where its process stands still; nodes count in whole seconds.
  const pause = faults.some(({ kind }) => kind === 'pause') ? longestPause : 0;
  return (ttl + stale + 1) * 1000 + numberIn(options, 'timeout') + pause;
}

function countHits(stage: Stage, cache: Cache): void {
  const { hiddenErrors, hits, misses, pendingDeletes } = cache.stats();
  const counts = {
    'near hit': hits.near,
    'stale hit': hits.stale,
    'fallback hit': hits.fallback,
    undecodable: misses.undecodable,
    'missing tag': misses.tag,
    'delete made later': pendingDeletes.sent,
    'hidden error': hiddenErrors,
  };
  for (const [what, count] of Object.entries(counts)) stage.countMany(what, count);
}

/** A life of a process with a cache. */
interface Member {
  readonly name: string;
  readonly cache: Cache;
  readonly space: ReturnType<Cache['namespace']>;
}

/** Runs it in a world of its own. */
export function runCache(plan: Plan, settings: RunSettings): Promise<Outcome> {
  return playPlan(plan, settings, (stage) => new CacheRun(plan, stage).run());
}

class CacheRun {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #stage: Stage;
  readonly #events: CacheEvent[] = [];
  readonly #members = new Map<string, Member>();
  readonly #lives = new Map<string, number>();
  /** Something else that uses the nodes. */
  #intruder: Client | undefined;
  #loads = 1_000_000;

  constructor(plan: Plan, stage: Stage) {
    this.#plan = plan;
    this.#world = stage.world;
    this.#stage = stage;
  }

  async run(): Promise<Outcome> {
    const { calls, duration, faults, options } = this.#plan;
    const stage = this.#stage;
    const servers = await startNodes(stage, options);
    const intruder = createClient({ nodes: nodesOf(options), ...this.#world.host('intruder').options });
    this.#intruder = intruder;
    const versionNode = intruder.nodeOf(versionKey);
    for (const name of clientNames(options)) {
      const host = this.#world.host(name);
      await stage.add(name, { host, start: () => this.#begin(name), ended: () => this.#die(name) });
    }
    for (const fault of faults) if (isFault(fault)) this.#world.after(fault.at, () => strike(stage, fault));
    for (const call of calls) this.#world.after(call.at, () => this.#call(call));
    await this.#world.sleep(duration + 15_000);
    await heal(stage, 8000);
    const end = this.#world.now;
    const caches = new Map([...this.#members].map(([name, { cache }]) => [name, cache]));
    for (const cache of caches.values()) countHits(stage, cache);
    await checkClosing(stage, [closeAll(caches), () => intruder.close(), closeAll(servers)]);
    const isCalm = faults.length === 0 && !Object.keys(stage.happened).some((what) => what.startsWith('ERR_TIMEOUT'));
    const times = {
      leaseWait: numberIn(options, 'leaseWait'),
      hardTimeout: numberIn(options, 'hardTimeout'),
      near: numberIn(options, 'near'),
      longest: longestLife(this.#plan),
    };
    const facts = { ...times, versionNode };
    for (const problem of checkCache(this.#events, isCalm, facts)) stage.report(problem);
    const waits = { ...times, timeout: numberIn(options, 'timeout') };
    for (const problem of checkCacheBounds(this.#events, waits, stage.standstills, end)) stage.report(problem);
    return this.#outcome();
  }

  /** A process begins. */
  #begin(name: string): Promise<void> {
    const { options } = this.#plan;
    const host = this.#world.host(name);
    const life = (this.#lives.get(name) ?? 0) + 1;
    this.#lives.set(name, life);
    const { clock, random } = host.options;
    const cache = createCache({
      client: { ...fleetOf(options, host), nodes: nodesOf(options) },
      errors: textIn(options, 'errors') as 'throw' | 'miss',
      ttl: numberIn(options, 'ttl') === 0 ? null : numberIn(options, 'ttl'),
      staleTtl: numberIn(options, 'staleTtl'),
      staleOnError: numberIn(options, 'staleOnError'),
      near: numberIn(options, 'near') === 0 ? false : { ttl: numberIn(options, 'near') },
      jitter: 0,
      outageTtl: 0,
      leaseWait: numberIn(options, 'leaseWait'),
      hardTimeout: numberIn(options, 'hardTimeout'),
      clock,
      random,
    });
    this.#members.set(name, { name: `${name}.${life}`, cache, space: cache.namespace('s') });
    return Promise.resolve();
  }

  #die(name: string): void {
    const member = this.#members.get(name);
    if (member === undefined) return;
    this.#stage.standstills.push({ place: member.name, from: this.#world.now, to: Infinity });
    this.#members.delete(name);
  }

  #event(kind: CacheEvent['kind'], member: Member, key: string, value?: number): CacheEvent {
    const space = key.startsWith('s:') ? 's' : 'p';
    const begin = this.#stage.history.moment();
    const open = { end: Infinity, endAt: Infinity, isDone: false };
    const tags = tagsOf(this.#plan.options, key);
    const event = { kind, caller: member.name, key, space, tags, begin, beginAt: this.#world.now, ...open, value };
    this.#events.push(event);
    return event;
  }

  #end(event: CacheEvent, more: Partial<CacheEvent>): void {
    Object.assign(event, more);
    event.end = this.#stage.history.moment();
    event.endAt = this.#world.now;
  }

  #call(call: PlannedCall): void {
    const member = this.#members.get(call.caller);
    if (member === undefined || !this.#stage.isRunning(call.caller)) return;
    const { key } = call;
    const space = (key.startsWith('s:') ? member.space : member.cache) as Space;
    const perform = this.#performs[call.verb];
    if (perform !== undefined) void perform(member, space, call);
  }

  #tagged(key: string): { tags?: readonly string[] } {
    const tags = tagsOf(this.#plan.options, key);
    return tags.length === 0 ? {} : { tags };
  }

  /** Something else writes to the key of an item what is no entry, or half of one. */
  async #spoil(member: Member, key: string, number: number): Promise<void> {
    // The keys of a namespace contain its version.
    if (key.startsWith('s:')) return;
    const event = this.#event('spoil', member, key);
    this.#stage.count('spoil');
    try {
      await this.#intruder?.set(`:1:${key}`, spoils[number % spoils.length]);
    } catch (error) {
      this.#stage.count(error instanceof MemcacheError ? error.code : 'unknown');
    }
    this.#end(event, {});
  }

  /** One call with its event. */
  async #record<T>(
    event: CacheEvent,
    begin: () => Promise<T>,
    read: (value: T, event: CacheEvent) => Partial<CacheEvent>,
  ): Promise<void> {
    try {
      const value = await begin();
      this.#stage.count(event.kind);
      this.#end(event, { isDone: true, ...read(value, event) });
    } catch (error) {
      this.#end(event, { node: error instanceof MemcacheError ? error.node : undefined });
      this.#stage.count(error instanceof MemcacheError ? error.code : loadFailed);
      const hidesErrors = textIn(this.#plan.options, 'errors') === 'miss';
      for (const problem of checkRejection(event, error, hidesErrors, this.#world.now)) this.#stage.report(problem);
    }
  }

  /** What a read gave: a number, or nothing. */
  #read(event: CacheEvent, value: unknown): Partial<CacheEvent> {
    for (const problem of checkCacheValue(event, value, this.#world.now)) this.#stage.report(problem);
    return typeof value === 'number' ? { value } : {};
  }

  readonly #performs: Readonly<
    Partial<Record<PlannedCall['verb'], (member: Member, space: Space, call: PlannedCall) => Promise<void>>>
  > = {
    get: (member, space, { key }) =>
      this.#record(
        this.#event('get', member, key),
        () => space.get(key),
        (value, event) => this.#read(event, value),
      ),
    set: (member, space, { key, number }) =>
      this.#record(
        this.#event('set', member, key, number),
        () => space.set(key, number, this.#tagged(key)),
        (isStored) => ({ isDone: isStored }),
      ),
    delete: (member, space, { key }) =>
      this.#record(
        this.#event('delete', member, key),
        () => space.delete(key),
        // With `errors: 'miss'` false may mean that it has failed.
        (isDeleted) => ({ isDone: isDeleted || textIn(this.#plan.options, 'errors') === 'throw' }),
      ),
    clear: (member) =>
      this.#record(
        this.#event('clear', member, 's:'),
        () => member.space.clear(),
        () => ({}),
      ),
    expire: (member, space, { key }) =>
      this.#record(
        this.#event('expire', member, key),
        () => space.expire(key),
        () => ({}),
      ),
    invalidate: (member, _space, { number }) => {
      const tags = [tagOf(number)];
      return this.#record(
        Object.assign(this.#event('invalidate', member, ''), { tags }),
        () => member.cache.invalidateTags(...tags),
        () => ({}),
      );
    },
    spoil: (member, _space, { key, number }) => this.#spoil(member, key, number),
    load: (member, space, { key, length = 1 }) =>
      this.#record(
        this.#event('getOrSet', member, key),
        () => space.getOrSet(key, () => this.#load(member, key, length), this.#tagged(key)),
        (value, event) => this.#read(event, value),
      ),
  };

  /** A loader: it takes its time, and some fail. */
  async #load(member: Member, key: string, ms: number): Promise<number> {
    const number = this.#loads++;
    const event = this.#event('load', member, key, number);
    const host = this.#world.host(member.name.split('.', 1)[0] ?? '');
    await new Promise<void>((resolve) => host.clock.setTimer(ms, resolve));
    this.#end(event, { isDone: true });
    if (ms % 17 === 0) throw new Error(loadFailed);
    return number;
  }

  #outcome(): Outcome {
    const outcome = outcomeOf(this.#plan, this.#stage, { checked: 0, undecided: 0 });
    const trace = [...outcome.trace, ...this.#events.map((event) => JSON.stringify(event))];
    return { ...outcome, calls: this.#events.length, trace };
  }
}
