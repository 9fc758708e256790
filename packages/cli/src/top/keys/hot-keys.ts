/**
 * The keys that are asked for most, node by node:
 *
 *   watch fetchers ─ OK ─▶ every fetch
 *                  └ refused ─▶ lru_crawler metadump, from time to time: who was read since the last one?
 */
import type { ClientOptions } from 'memfleet';
import { dumpKeys } from '../../fleet/dump-keys.ts';
import { urlEncoded } from '../../fleet/key-text.ts';
import { type HotKey, HeavyHitters } from './heavy-hitters.ts';
import { fleetOf } from './node-fleet.ts';
import { WatchConnection } from './watch-connection.ts';

/** How the keys of a node are found. */
export type KeySource = 'connecting' | 'watched' | 'sampled' | 'none';

/** The hottest keys at one moment. */
export interface HotKeysView {
  readonly keys: readonly HotKey[];
  /** Requests that were seen. */
  readonly total: number;
  /** Of all keys, a second. */
  readonly rate: number;
  /** Events that nodes dropped. */
  readonly skipped: number;
  readonly sources: ReadonlyMap<string, { readonly source: KeySource; readonly problem: string | undefined }>;
}

/** Nothing was looked at yet. */
export const noHotKeys: HotKeysView = { keys: [], total: 0, rate: 0, skipped: 0, sources: new Map() };

interface Source {
  source: KeySource;
  problem: string | undefined;
  watch: WatchConnection | undefined;
  /** Ticks until the next try. */
  pause: number;
}

/** So many keys are shown at most. */
const mostShown = 200;
/** A node that closed the connection is watched again after so many ticks. */
const pauseTicks = 5;
/** One that tells of no keys either way is asked again after so many. */
const longPauseTicks = 60;
/** A dump takes no more than this share of the time. */
const dumpShare = 0.1;
const shortestSampleGap = 2000;

/** Finds the hot keys of a fleet while somebody looks. */
export class HotKeys {
  readonly #options: ClientOptions<never>;
  readonly #timeout: number;
  readonly #sketch = new HeavyHitters();
  readonly #sources = new Map<string, Source>();
  #skipped = 0;
  #sampleAt = 0;
  #sampledAt = 0;
  #isSampling = false;
  #tickedAt: number;
  #isClosed = false;
  #endSample: () => void = () => {};

  /** `timeout`: milliseconds until a node has to reply. */
  constructor(options: ClientOptions<never>, timeout: number) {
    this.#options = options;
    this.#timeout = timeout;
    this.#tickedAt = performance.now();
  }

  /** Once for each look at the fleet: these are its nodes. */
  tick(nodes: readonly string[]): HotKeysView {
    const now = performance.now();
    this.#sketch.tick((now - this.#tickedAt) / 1000);
    this.#tickedAt = now;
    for (const [node, { watch }] of this.#sources)
      if (!nodes.includes(node)) {
        watch?.close();
        this.#sources.delete(node);
      }
    for (const node of nodes) this.#keepSource(node);
    const sampled = [...this.#sources].filter(([, { source }]) => source === 'sampled').map(([node]) => node);
    if (sampled.length > 0 && !this.#isSampling && now >= this.#sampleAt) void this.#sample(sampled);
    return {
      keys: this.#sketch.top(mostShown),
      total: this.#sketch.total,
      rate: this.#sketch.rate,
      skipped: this.#skipped,
      sources: new Map(
        [...this.#sources].map(
          ([node, { source, problem }]): [string, { source: KeySource; problem: string | undefined }] => [
            node,
            { source, problem },
          ],
        ),
      ),
    };
  }

  close(): void {
    this.#isClosed = true;
    for (const { watch } of this.#sources.values()) watch?.close();
    this.#endSample();
  }

  #keepSource(node: string): void {
    const known = this.#sources.get(node);
    if (known === undefined) {
      const source: Source = { source: 'connecting', problem: undefined, watch: undefined, pause: 0 };
      this.#sources.set(node, source);
      if (this.#options.couchbase !== undefined || this.#options.protocol === 'binary')
        Object.assign(source, { source: 'none', problem: 'the binary protocol tells of no keys' });
      else this.#watch(node, source);
    } else if (known.source === 'none' && known.watch === undefined && known.pause > 0 && --known.pause === 0)
      this.#watch(node, known);
  }

  #watch(node: string, source: Source): void {
    const { tls, username, password = '' } = this.#options;
    source.watch = new WatchConnection(
      {
        node,
        timeout: this.#timeout,
        ...(tls === undefined || tls === false ? {} : { tls: tls === true ? {} : tls }),
        ...(username === undefined ? {} : { login: { username, password } }),
      },
      {
        onWatching: () => Object.assign(source, { source: 'watched', problem: undefined }),
        onFetch: (key, size) => this.#sketch.add(key, node, size),
        onSkipped: (events) => (this.#skipped += events),
        onEnd: (problem, isRefused) => {
          const after = isRefused ? { source: 'sampled' } : { source: 'none', pause: pauseTicks };
          Object.assign(source, { watch: undefined, problem, ...after });
        },
      },
    );
  }

  /** Counts the items that were read since the last dump. */
  async #sample(nodes: readonly string[]): Promise<void> {
    this.#isSampling = true;
    const startedAt = performance.now();
    const since = this.#sampledAt === 0 ? shortestSampleGap : startedAt - this.#sampledAt;
    const fleet = fleetOf(this.#options, nodes);
    this.#endSample = () => fleet.client.destroy();
    try {
      const seconds = Math.ceil(since / 1000);
      await dumpKeys(fleet, this.#timeout, Math.floor(Date.now() / 1000), ({ key, node, idle, size }) => {
        if (idle <= seconds) this.#sketch.add(urlEncoded(key), node, size);
      });
      for (const [node, { message }] of fleet.failures) this.#refuse(node, message);
    } catch (error) {
      if (!this.#isClosed) for (const node of nodes) this.#refuse(node, (error as Error).message);
    } finally {
      this.#endSample = () => {};
      fleet.client.destroy();
      const now = performance.now();
      this.#sampledAt = startedAt;
      this.#sampleAt = now + Math.max(shortestSampleGap, (now - startedAt) / dumpShare);
      this.#isSampling = false;
    }
  }

  #refuse(node: string, problem: string): void {
    const source = this.#sources.get(node);
    if (source !== undefined) Object.assign(source, { source: 'none', problem, pause: longPauseTicks });
  }
}
