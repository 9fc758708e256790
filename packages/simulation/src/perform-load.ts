/** `getOrSet` of a client, and what it leaves in the history. */
import { type Client, MemcacheError } from 'memfleet';
import type { Loading } from './check/one-load.ts';
import type { PlannedCall } from './plan.ts';
import { numbersIn, valueOf } from './values.ts';
import type { LoadSite } from './workload.ts';

/** What loads need, and what is known of them. */
export interface LoadRoom {
  readonly loadings: Loading[];
  /** The ids of the reads: each may have joined one that was in progress. */
  readonly reads: Set<number>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** How long loaders take: ms. */
const durations = [0, 5, 40, 300] as const;

/** Makes the call. What it loads is a write without a reply: it may be stored at any time from then on, or never. */
export async function performLoad(client: Client, call: PlannedCall, site: LoadSite, room: LoadRoom): Promise<void> {
  const { history } = site;
  const { caller, key, length = 30, number } = call;
  const calledAt = site.now();
  const load = async (): Promise<string> => {
    const write = history.begin({ caller, key, verb: 'set', number });
    history.end(write, 'open');
    write.end = Infinity;
    const loading: Loading = { caller, key, number, calledAt, from: site.now(), to: Infinity };
    room.loadings.push(loading);
    site.count('load');
    await room.sleep(durations[number % durations.length] ?? 0);
    loading.to = site.now();
    return valueOf(key, { number, length });
  };
  const read = history.begin({ caller, key, verb: 'get' });
  room.reads.add(read.id);
  try {
    const value: unknown = await client.getOrSet(key, load);
    const numbers = typeof value === 'string' ? numbersIn(key, value) : undefined;
    if (numbers === undefined)
      site.report({ rule: 'G3', key, at: site.now(), message: `getOrSet by ${caller} gave ${String(value)}` });
    // What was loaded may not be stored: it says nothing about the item.
    const isLoaded = room.loadings.some((each) => each.caller === caller && numbers?.includes(each.number) === true);
    if (isLoaded) site.count('loaded');
    history.end(read, isLoaded ? 'open' : 'done', { result: { value: numbers ?? [] } });
  } catch (error) {
    if (!(error instanceof MemcacheError))
      site.report({ rule: 'G2', key, at: site.now(), message: `getOrSet ${read.id} rejected with ${String(error)}` });
    history.end(read, 'open', { error: error instanceof MemcacheError ? error.code : 'unknown' });
  }
}
