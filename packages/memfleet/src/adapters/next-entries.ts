/**
 * The entries of the caches of Next.js. Next.js reads, renders where it found nothing, and stores, in calls that do not
 * know of each other:
 *
 *   take ─ an entry ─▶ served
 *        ├ nothing; the lease is ours ─▶ render ─▶ put ─▶ the others find it
 *        └ nothing; the lease is another's ─▶ look again ─ for `renderWait` ms ─▶ render, as without a lease
 *
 * A lease is the empty item that a read leaves (`mg` with `N`). Nobody renews it: where nothing is stored, it ends by
 * itself, and its key is read without a lease for a minute. Entries larger than an item are in chunks.
 */
import { BoundedMap } from '../base/bounded-map.ts';
import { systemRandom } from '../base/chance.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { wallNow } from '../base/real-time.ts';
import { Chunks, type LargeValues } from '../cache/chunks.ts';
import { clientCalls } from '../cache/client-calls.ts';
import { EntryTranscoder } from '../cache/entry-transcoder.ts';
import { Manifest } from '../cache/entry.ts';
import type { CacheItem, ItemCalls } from '../cache/item-calls.ts';
import { versionStamp } from '../cache/version-stamp.ts';
import { waitDelay } from '../cache/wait-delays.ts';
import type { Client } from '../client/client.ts';
import { bytes } from '../client/transcoders.ts';
import { UnsupportedError } from '../core/errors.ts';
import { pack, type Packed, unpack } from './packed.ts';
import type { SilentNodes } from './silent-nodes.ts';
import { wireKey } from './wire-key.ts';

/** An entry as it was found. */
export interface Found<Head> extends Packed<Head> {
  readonly cas: bigint;
}

/** How entries are kept. */
export interface EntrySettings {
  readonly prefix: string;
  /** Milliseconds that a read waits for the render of another process. */
  readonly renderWait: number;
  readonly silent: SilentNodes;
}

/** The most keys that this process remembers, of each kind. */
const mostKnown = 10_000;
/** Milliseconds for which a key is read without a lease, if nothing was stored under it. */
const withoutLease = 60_000;
/** Reads of an entry that other processes keep writing. */
const mostTries = 5;
/** Seconds. */
const longestLease = 3600;

const newId = (): string => versionStamp(wallNow());

/** Entries by their keys. */
export class NextEntries<Head extends object> {
  readonly #calls: ItemCalls;
  readonly #large: LargeValues;
  readonly #silent: SilentNodes;
  readonly #prefix: string;
  readonly #room: number;
  readonly #renderWait: number;
  /** Seconds. */
  readonly #leaseTtl: number;
  readonly #clock: Clock;
  /** Leases of this process. */
  readonly #held = new BoundedMap<string, bigint>({ maxItems: mostKnown, maxSize: Infinity });
  /** Keys under which nothing was stored, until when (ms of the clock). */
  readonly #unstored = new BoundedMap<string, number>({ maxItems: mostKnown, maxSize: Infinity });
  #hasLeases: boolean;

  constructor(client: Client<never>, { prefix, renderWait, silent }: EntrySettings, clock: Clock = systemClock) {
    const entries = new EntryTranscoder({ transcoder: bytes, emptyIsStub: true });
    const { maxItemSize, maxKeyLength } = client.items.limits;
    this.#calls = clientCalls(client.with<unknown>({ transcoder: entries, errors: 'throw' }));
    this.#silent = silent;
    this.#prefix = prefix;
    this.#room = maxKeyLength;
    this.#renderWait = renderWait;
    this.#leaseTtl = Math.min(longestLease, Math.ceil(renderWait / 1000) + 1);
    this.#hasLeases = renderWait > 0;
    this.#clock = clock;
    const chunk = (item: string, id: string, index: number): string => this.key(item, `${id}~${index}`);
    this.#large = new Chunks({ calls: this.#calls, entries, keys: { chunk }, maxItemSize, newId });
  }

  /** The key of an entry. `scope`: what has the same keys and is not to be mixed. */
  key(scope: string, key: string): string {
    return wireKey(this.#prefix, `${scope}~${key}`, this.#room);
  }

  /** The entry; undefined: the caller is to render. */
  async take(key: string): Promise<Found<Head> | undefined> {
    const start = this.#clock.now();
    for (let broken = 0; broken < mostTries;) {
      const item = await this.#silent.run(key, () => this.#read(key));
      if (item === undefined) return undefined;
      if (item.won) {
        this.#held.set(key, item.cas, 1);
        return undefined;
      }
      const found = await this.#open(key, item);
      if (found !== undefined) return found;
      const elapsed = this.#clock.now() - start;
      if (!item.held) {
        // A chunk is lost, or the item is not an entry.
        broken++;
        if (!(await this.drop(key, item.cas))) return undefined;
      } else if (this.#held.peek(key) !== undefined || !this.#isLeased(key) || elapsed >= this.#renderWait) {
        this.#note(key);
        return undefined;
      } else {
        await this.#pass(Math.min(waitDelay(elapsed, systemRandom()), this.#renderWait - elapsed));
      }
    }
    return undefined;
  }

  /** Stores an entry for `ttl` seconds. */
  async put(key: string, head: Head, body: Uint8Array, ttl: number): Promise<void> {
    this.#held.delete(key);
    this.#unstored.delete(key);
    const entry = pack(Buffer.from(JSON.stringify(head)), body);
    await this.#silent.run(key, () =>
      this.#large.storing({ key, entry, ttl }, async (stored) => {
        const { result } = await this.#calls.setItem(key, stored, { ttl });
        return result === 'stored';
      }),
    );
  }

  /** Nothing is stored under a key: others need not wait for it. */
  async forgo(key: string): Promise<void> {
    const cas = this.#held.peek(key);
    this.#note(key);
    if (cas !== undefined) await this.#silent.run(key, () => this.#calls.delete(key, { cas }));
  }

  /** Deletes what was found, so that one process renders it anew. False: the node cannot. */
  async drop(key: string, cas: bigint): Promise<boolean> {
    if (!this.#hasLeases) return false;
    await this.#calls.delete(key, { cas });
    return true;
  }

  /** Whether this process is to render an entry anew, while all processes serve the old one. */
  async claim(key: string): Promise<boolean> {
    const options = { routingKey: key, mode: 'add', ttl: this.#leaseTtl } as const;
    const { result } = await this.#calls.setItem(this.key(key, 'l'), new Uint8Array([1]), options);
    return result === 'stored';
  }

  /** The render of a claim is over. */
  async unclaim(key: string): Promise<void> {
    await this.#calls.delete(this.key(key, 'l'), { routingKey: key });
  }

  async #read(key: string): Promise<CacheItem | undefined> {
    if (!this.#isLeased(key)) return this.#calls.getItem(key);
    try {
      return await this.#calls.getItem(key, { lease: this.#leaseTtl });
    } catch (error) {
      if (!(error instanceof UnsupportedError)) {
        // The node may hold a lease that no process knows of.
        this.#note(key);
        throw error;
      }
      this.#hasLeases = false;
      return this.#calls.getItem(key);
    }
  }

  async #open(key: string, { value, cas }: CacheItem): Promise<Found<Head> | undefined> {
    const packed = value instanceof Manifest ? (await this.#large.join(key, value))?.value : value;
    const entry = packed instanceof Uint8Array ? unpack<Head>(packed) : undefined;
    return entry === undefined ? undefined : { ...entry, cas };
  }

  #isLeased(key: string): boolean {
    return this.#hasLeases && !((this.#unstored.peek(key) ?? 0) > this.#clock.now());
  }

  /** Nobody knows whether something will be stored under a key. */
  #note(key: string): void {
    this.#held.delete(key);
    this.#unstored.set(key, this.#clock.now() + withoutLease, 1);
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.setTimer(ms, resolve));
  }
}
