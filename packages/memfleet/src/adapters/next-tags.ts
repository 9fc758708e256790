/**
 * The tags of Next.js, as the fleet knows them. Each tag that an entry has, or that was ever revalidated, is an item:
 *
 *   prefix~t:lamps   {"hard":"AZ3k…","hardAt":0,"soft":"","softAt":0,"until":0}
 *
 *   revalidateTag(tag), updateTag, revalidatePath ─▶ a new `hard`: older entries are misses
 *   revalidateTag(tag, profile) ───────────────────▶ a new `soft`: older entries are stale, and misses from `until` on
 *
 * An entry has the stamps `hard` and `soft` of its tags as they were when it was stored. So two processes need not have
 * the same time: an entry whose stamp differs is older than the revalidation. Only a revalidation in the middle of a
 * render is judged by its time. An item that is lost is made anew, with a stamp that no entry has.
 *
 * A revalidation that a node has not received is repeated when the node is back.
 *
 * Next.js passes the tags of a path (soft tags) to reads, not to stores, so they are judged by their times. A tag that
 * its node has forgotten is judged by the item `prefix~e` of the node: the time from which on it has kept all tags.
 */
import { systemRandomBytes } from '../base/chance.ts';
import { wallNow } from '../base/real-time.ts';
import type { Client } from '../client/client.ts';
import { string } from '../client/transcoders.ts';
import type { SilentNodes } from './silent-nodes.ts';
import { wireKey } from './wire-key.ts';

/** How long entries outlive a revalidation of one of their tags. */
export interface NextDurations {
  /** Seconds for which an old entry may still be served; 0: not at all. @default as long as the entry lives */
  readonly expire?: number | undefined;
}

/** A tag of an entry, with its stamps. */
export type TagStamps = readonly [name: string, hard: string, soft: string];

/** Whether an entry may be served. Stale: while it is rendered anew. */
export type Verdict = 'fresh' | 'stale' | 'expired';

/** What the fleet knows of a tag. Times are Unix milliseconds; 0 = never. */
interface TagRecord {
  readonly hard: string;
  readonly hardAt: number;
  readonly soft: string;
  readonly softAt: number;
  /** 0 = as long as an entry lives. */
  readonly until: number;
}

/** Tags as they were at one time. */
export interface TagView {
  readonly records: ReadonlyMap<string, TagRecord | undefined>;
  /** Unix milliseconds: what was rendered before may have been revalidated, unless it has the stamps of its tags. */
  readonly since: number;
}

/** An entry as tags judge it. */
export interface Tagged {
  readonly tags: readonly TagStamps[];
  /** Unix milliseconds: the begin of the render. */
  readonly rendered: number;
}

/** A second home of a tag would bring old entries back when the first home returns. */
const atHome = { substitute: false } as const;
/** Tries to change a tag that others keep changing. */
const mostTries = 3;
/** The most revalidations that are kept to be repeated. */
const mostMissed = 10_000;

const newStamp = (): string => systemRandomBytes(9).toString('base64url');
const never = { soft: '', softAt: 0, until: 0 } as const;
const noView: TagView = { records: new Map(), since: 0 };

/** The tags of an application. */
export class NextTags {
  readonly #client: Client<string>;
  readonly #prefix: string;
  readonly #silent: SilentNodes;
  readonly #room: number;
  /** Tags whose nodes have not received a revalidation, and its time. */
  readonly #missed = new Map<string, number>();

  constructor(client: Client<never>, prefix: string, silent: SilentNodes) {
    this.#client = client.with<string>({ transcoder: string, errors: 'throw', ttl: 0 });
    this.#prefix = prefix;
    this.#silent = silent;
    this.#room = client.items.limits.maxKeyLength;
    for (const event of ['connect', 'readmit'] as const) client.on(event, () => this.#makeUp());
  }

  /** Rejects when the node of one of the tags may not know it. `durations`: older entries stay, and are stale. */
  async revalidate(tags: readonly string[], durations?: NextDurations): Promise<void> {
    const now = wallNow();
    const isHard = durations === undefined || durations.expire === 0;
    const changes = [...new Set(tags)].map(async (tag) => {
      try {
        await (isHard ? this.#expire(tag, now) : this.#makeStale(tag, durations));
      } catch (error) {
        if (this.#missed.size < mostMissed) this.#missed.set(tag, now);
        throw error;
      }
    });
    // All of them are tried, and all are over when the caller hears of the first that failed.
    for (const outcome of await Promise.allSettled(changes)) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** `tags`: those that entries may have; `pathTags`: those whose stamps entries do not have. */
  async read(tags: readonly string[], pathTags: readonly string[] = []): Promise<TagView> {
    if (tags.length === 0 && pathTags.length === 0) return noView;
    const names = [...new Set([...tags, ...pathTags])];
    const [records, since] = await Promise.all([
      Promise.all(names.map((name) => this.#record(name))),
      this.#rememberedSince(pathTags),
    ]);
    return { records: new Map(names.map((name, at) => [name, records[at]])), since };
  }

  /** The latest time at which one of the tags was revalidated, as Next.js wants it. */
  async lastRevalidated(tags: readonly string[]): Promise<number> {
    const { records, since } = await this.read([], tags);
    return Math.max(since, ...[...records.values()].map((record) => record?.hardAt ?? 0));
  }

  /** The stamps for an entry that is to be stored; undefined: one of its tags has been revalidated since. */
  async stampsFor(tags: readonly string[], rendered: number): Promise<TagStamps[] | undefined> {
    const names = [...new Set(tags)];
    const records = await Promise.all(names.map(async (name) => (await this.#record(name)) ?? this.#make(name)));
    if (records.some(({ hardAt }) => hardAt >= rendered)) return undefined;
    // A stamp that no tag has: the entry is older than the revalidation.
    return records.map(({ hard, soft, softAt }, at) => [names[at] as string, hard, softAt >= rendered ? '-' : soft]);
  }

  #makeUp(): void {
    // One that fails again is repeated before the next read of its tag.
    for (const [tag, at] of this.#missed) this.#makeUpFor(tag, at).catch(() => {});
  }

  /** Another process may have revalidated the tag since. */
  async #makeUpFor(tag: string, at: number): Promise<void> {
    const record = recordOf(await this.#client.get(this.#key(tag), atHome));
    await this.#expire(tag, Math.max(at, record?.hardAt ?? 0));
  }

  async #record(tag: string): Promise<TagRecord | undefined> {
    const [key, missed] = [this.#key(tag), this.#missed.get(tag)];
    if (missed !== undefined) await this.#silent.run(key, () => this.#makeUpFor(tag, missed));
    return recordOf(await this.#silent.run(key, () => this.#client.get(key, atHome)));
  }

  async #make(tag: string): Promise<TagRecord> {
    const made = { hard: newStamp(), hardAt: 0, ...never };
    if (await this.#client.add(this.#key(tag), JSON.stringify(made), atHome)) return made;
    // Another process was faster. What is no record has no stamp that an entry has.
    return (await this.#record(tag)) ?? made;
  }

  /** `hardAt`: Unix milliseconds. */
  async #expire(tag: string, hardAt: number): Promise<void> {
    await this.#client.set(this.#key(tag), JSON.stringify({ hard: newStamp(), hardAt, ...never }), atHome);
    this.#missed.delete(tag);
  }

  async #makeStale(tag: string, { expire }: NextDurations): Promise<void> {
    const key = this.#key(tag);
    for (let tries = 0; tries < mostTries; tries++) {
      const item = await this.#client.items.get(key, atHome);
      const { hard = newStamp(), hardAt = 0 } = recordOf(item?.value) ?? {};
      const now = wallNow();
      const until = expire === undefined ? 0 : now + expire * 1000;
      const text = JSON.stringify({ hard, hardAt, soft: newStamp(), softAt: now, until });
      const how = item === undefined ? ({ mode: 'add' } as const) : { cas: item.cas };
      const { result } = await this.#client.items.set(key, text, { ...atHome, ...how });
      if (result === 'stored') return;
    }
    await this.#expire(tag, wallNow());
  }

  /** The latest time since when one of the nodes of these tags remembers. */
  async #rememberedSince(tags: readonly string[]): Promise<number> {
    const keys = new Map(
      tags.map((tag) => {
        const key = this.#key(tag);
        return [this.#client.items.nodeOf(key, atHome)?.node ?? key, key];
      }),
    );
    const times = await Promise.all([...keys.values()].map((key) => this.#silent.run(key, () => this.#since(key))));
    return Math.max(0, ...times);
  }

  async #since(routingKey: string): Promise<number> {
    const [key, options] = [`${this.#prefix}~e`, { ...atHome, routingKey }];
    const time = Number(await this.#client.get(key, options));
    if (time > 0) return time;
    const now = wallNow();
    if (await this.#client.add(key, String(now), options)) return now;
    return Number(await this.#client.get(key, options)) || now;
  }

  #key(tag: string): string {
    return wireKey(`${this.#prefix}~t:`, tag, this.#room);
  }
}

/** Judges an entry. `more`: tags whose stamps it does not have. */
export function judge({ tags, rendered }: Tagged, { records, since }: TagView, more: readonly string[]): Verdict {
  const now = wallNow();
  const verdicts = new Set<Verdict>();
  for (const [name, hard, soft] of tags) {
    const record = records.get(name);
    if (record?.hard !== hard) return 'expired';
    verdicts.add(record.soft === soft ? 'fresh' : staleUntil(record, now));
  }
  const stamped = new Set(tags.map(([name]) => name));
  for (const name of more) {
    if (stamped.has(name)) continue;
    const record = records.get(name);
    if (since > rendered || (record?.hardAt ?? 0) >= rendered) return 'expired';
    if (record !== undefined && record.softAt >= rendered) verdicts.add(staleUntil(record, now));
  }
  return verdicts.has('expired') ? 'expired' : verdicts.has('stale') ? 'stale' : 'fresh';
}

const staleUntil = ({ until }: TagRecord, now: number): Verdict => (until > 0 && until <= now ? 'expired' : 'stale');

/** Undefined if the text is not a record. */
function recordOf(text: string | undefined): TagRecord | undefined {
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as TagRecord | null;
    return typeof record?.hard === 'string' && typeof record.soft === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}
