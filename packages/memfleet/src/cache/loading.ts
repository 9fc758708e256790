/**
 * Loads of this process: with a lease, and stored; or alone, where the node is out or the holder of the lease takes too
 * long, and not stored.
 *
 *   lease ─▶ loader ─ value ─────▶ store by the lease ─ refused ─▶ read once more: a fresh value there is the result
 *             │     ├ undefined ─▶ the mark "nothing" for negativeTtl, or deleted
 *             │     └ throws ────▶ the mark "failed" for errorTtl: no other process loads meanwhile
 *             └ the lease is renewed meanwhile
 */
import type { Clock } from '../base/clock.ts';
import { InvalidArgumentError } from '../core/errors.ts';
import { tracedLoad } from './channels.ts';
import type { LargeValues } from './chunks.ts';
import type { Closing } from './closing.ts';
import type { CacheCounters } from './counters.ts';
import type { ResolvedEntryOptions } from './entry-options.ts';
import type { EntryWriter } from './entry-writer.ts';
import { Failed, Nothing } from './entry.ts';
import type { ItemCalls } from './item-calls.ts';
import type { Lease } from './lease/lease.ts';
import { isUnsendable } from './lease/token.ts';
import { type Loaded, type Loader, runLoad } from './load.ts';
import type { LoadFrame } from './loads.ts';
import type { Judge } from './look.ts';
import type { Reports } from './reports.ts';
import { refuseUnfit, Unfit, validate } from './schema.ts';
import type { TagVersions } from './seams.ts';
import type { TagWatch } from './tag-watch.ts';
import type { Tags } from './tags.ts';

/** A call of getOrSet on its way. */
export interface LoadRequest {
  /** As the user gave it. */
  readonly key: string;
  /** As the client takes it. */
  readonly wire: string;
  readonly loader: Loader<unknown>;
  readonly settings: ResolvedEntryOptions;
  /** The versions of `settings.tags`, read before the load. */
  readonly tags: TagVersions;
}

/** The parts that loads need. */
export interface LoadingParts {
  readonly clock: Clock;
  readonly calls: ItemCalls;
  readonly counters: CacheCounters;
  readonly writer: EntryWriter;
  readonly judge: Judge;
  readonly tags: Tags;
  readonly large: Pick<LargeValues, 'storing'>;
  readonly reports: Reports;
  readonly closing: Closing;
  readonly checkTtl: (seconds: number | null) => void;
  readonly checkTags: (tags: readonly string[]) => void;
}

/** A load with the tags that its loader added. */
export interface Outcome {
  readonly loaded: Loaded;
  readonly tags: TagVersions;
}

/** A key that is loaded, or several by one loader: `keys`, of which `key` is the first. */
export type Subject = Pick<LoadRequest, 'key' | 'loader' | 'settings' | 'tags'> & {
  readonly keys?: readonly string[];
};

/** Runs loaders and stores their values. */
export class Loading {
  readonly #parts: LoadingParts;

  constructor(parts: LoadingParts) {
    this.#parts = parts;
  }

  /** Loads without a lease, and stores nothing. Rejects with what the loader throws. */
  async alone(request: LoadRequest, frame: LoadFrame, stale: unknown): Promise<unknown> {
    return this.bare(request, await this.load(request, frame, stale));
  }

  /** Loads, stores, and ends the lease. Rejects with what the loader throws. */
  async withLease(request: LoadRequest, frame: LoadFrame, lease: Lease, stale: unknown): Promise<unknown> {
    lease.keep();
    return this.end(request, lease, await this.load(request, frame, stale));
  }

  /** Runs a loader. `frame`: stands for the run, for `isWithin`. Never rejects. */
  async load(
    { key, keys = [key], loader, settings, tags }: Subject,
    frame: LoadFrame,
    stale: unknown,
  ): Promise<Outcome> {
    const { clock, closing, counters, checkTtl, checkTags, reports } = this.#parts;
    const watching = this.#parts.tags.watch(loader.length > 0);
    const watch = watching instanceof Promise ? await watching : watching;
    const addTags = (names: readonly string[]): void => {
      checkTags(names);
      this.#parts.tags.areAdded();
      watch.add(names);
    };
    counters.loads.started++;
    const { hardTimeout } = settings;
    const circumstances = { clock, key, others: keys.length - 1, stale, hardTimeout, closing, checkTtl, addTags };
    const loaded = await tracedLoad(keys, clock, () => runLoad(loader, frame, circumstances));
    counters.loadTimes.add(loaded.time);
    if (loaded.isFailed) {
      counters.loads[loaded.isTimeout ? 'timedOut' : 'failed']++;
      for (const failed of keys) reports.loadFailed(loaded.error, failed);
    }
    return watch.isEmpty || loaded.isFailed ? { loaded, tags } : this.#withTags(key, { loaded, tags }, watch, frame);
  }

  /** The value of a load that is not stored. Rejects with what the loader throws. */
  async bare(request: LoadRequest, outcome: Outcome): Promise<unknown> {
    const { loaded } = await this.#fitted(request, outcome);
    if (loaded.isFailed) throw loaded.error;
    return loaded.value;
  }

  /** Stores what was loaded, and ends the lease. Rejects with what the loader throws. */
  async end(request: LoadRequest, lease: Lease, outcome: Outcome): Promise<unknown> {
    await lease.stop();
    const { loaded, tags } = await this.#fitted(request, outcome);
    if (loaded.isFailed) {
      // The end of this process is no failure of the loader: another process must load at once.
      const ending =
        this.#parts.closing.reason !== undefined ? lease.giveBack() : this.#fail(lease, loaded.error, request.settings);
      await this.#hiding(request, ending);
      throw loaded.error;
    }
    if (loaded.value === undefined) {
      await this.#hiding(request, this.#storeNothing(lease, request.settings, tags));
      return undefined;
    }
    return this.#store(request, lease, { loaded, tags });
  }

  /** The value of a loader must match the schema, as a stored value must. */
  async #fitted({ key, settings: { schema } }: LoadRequest, outcome: Outcome): Promise<Outcome> {
    const { loaded } = outcome;
    if (schema === undefined || loaded.isFailed || loaded.value === undefined) return outcome;
    const fit = await validate(schema, loaded.value);
    if (!(fit instanceof Unfit)) return outcome;
    try {
      return refuseUnfit(key, fit);
    } catch (error) {
      this.#parts.counters.loads.failed++;
      this.#parts.reports.loadFailed(error, key);
      return { ...outcome, loaded: { ...loaded, isFailed: true, error } };
    }
  }

  /** Without the versions of before the load, of all tags, the value is not stored. */
  async #withTags(key: string, { loaded, tags: before }: Outcome, watch: TagWatch, frame: LoadFrame): Promise<Outcome> {
    try {
      const { versions, areOld } = await watch.end();
      frame.addedTags = areOld ? versions : newerThan(versions);
      // A tag that was asked for has the version that was read for it.
      if (areOld) return { loaded, tags: new Map([...versions, ...before]) };
    } catch (error) {
      this.#parts.reports.hidden(error, key);
    }
    return { loaded: { ...loaded, isSkipped: true }, tags: before };
  }

  async #store(request: LoadRequest, lease: Lease, { loaded, tags }: Outcome): Promise<unknown> {
    const { writer, counters, large } = this.#parts;
    const { settings, wire } = request;
    const { value, time: loadTime, ttl } = loaded;
    const written = writer.write(wire, value, settings, { tags, loadTime, ttl });
    if (loaded.isSkipped || written.ttl === 0) {
      await this.#hiding(request, loaded.isSkipped ? lease.giveBack() : lease.remove());
      return value;
    }
    try {
      const given = { key: wire, entry: written.entry, ttl: written.ttl };
      if (await large.storing(given, (entry) => lease.store(entry, written.ttl))) {
        counters.loads.stored++;
        return value;
      }
    } catch (error) {
      return this.#unstored(request, lease, value, error);
    }
    counters.loads.refused++;
    return this.#valueAfterRefusal(request, value);
  }

  /** The value that another process stored first, if it is still there; otherwise the value of this process. */
  async #valueAfterRefusal(request: LoadRequest, own: unknown): Promise<unknown> {
    const { calls, judge } = this.#parts;
    const { key, wire, settings, tags } = request;
    try {
      const look = await judge.look(key, wire, await calls.getItem(wire), settings, tags);
      return look.state === 'fresh' || look.state === 'due' ? look.value : own;
    } catch (error) {
      this.#parts.reports.hidden(error, request.key);
      return own;
    }
  }

  /** A value without bytes is the fault of the loader; all else is that of the cache. */
  async #unstored(request: LoadRequest, lease: Lease, value: unknown, error: unknown): Promise<unknown> {
    const isFault = error instanceof InvalidArgumentError;
    if (isUnsendable(error)) await this.#hiding(request, lease.giveBack());
    if (isFault) {
      this.#parts.reports.loadFailed(error, request.key);
      throw error;
    }
    this.#parts.reports.hidden(error, request.key);
    return value;
  }

  #fail(lease: Lease, error: unknown, { errorTtl }: ResolvedEntryOptions): Promise<void> {
    return lease.fail(Failed.of(error, this.#parts.clock.unixSeconds() * 1000), errorTtl);
  }

  /** The mark has no tags, so none is left where tags count. */
  async #storeNothing(lease: Lease, { negativeTtl }: ResolvedEntryOptions, tags: TagVersions): Promise<void> {
    if (negativeTtl > 0 && tags.size === 0) await lease.store(new Nothing(), negativeTtl);
    else await lease.remove();
  }

  async #hiding(request: LoadRequest, work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#parts.reports.hidden(error, request.key);
    }
  }
}

/** Versions that these are newer than: nobody has them. */
function newerThan(versions: TagVersions): TagVersions {
  return new Map([...versions.keys()].map((name) => [name, '']));
}
