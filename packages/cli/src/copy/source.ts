/**
 * Where items come from: a fleet whose nodes list their keys.
 *
 *   lru_crawler metadump hash ─▶ every node ─▶ keys of the prefix that match and that the node owns ─▶ key list
 *   mg key v f c t u ─▶ owner of the key ─▶ bytes, flags, cas, seconds left
 *
 * `u`: a read by a copy is no reason for the node to keep an item longer.
 *
 * The keys come from metadump and not from mgdump, which newer nodes have as well: metadump tells the expiry too, which
 * nodes without the meta protocol tell nowhere else, and the sizes, by which batches are cut.
 */
import { clientDefaults, type ItemState, ServerError } from 'memfleet';
import type { MetaFlags } from 'memfleet/core';
import { fail } from '../failure.ts';
import { type DumpedItem, dumpKeys } from '../fleet/dump-keys.ts';
import { clientOptionsOf, type FleetArguments } from '../fleet/fleet-options.ts';
import type { Detour, Fleet, Stored } from '../fleet/fleet.ts';
import { keyFilter } from '../fleet/key-text.ts';
import { KeyListWriter, type ListedKey } from './key-list.ts';
import type { Outcome, PartialOutcome, ReasonName } from './outcome.ts';
import { type Persistence, skipReasonOf } from './persistence.ts';
import type { Run } from './run.ts';
import type { TransferOptions } from './transfer-options.ts';

const readFlags: MetaFlags = { tokens: ['v', 'f', 'c', 't', 'u'], noBump: true };

/** Reads as a copy does. */
export const quietReads: Detour = (command, handler, next) => {
  if (command.verb === 'get') command.meta = readFlags;
  next.dispatch(command, handler);
};

/** What the list of a source is made of. */
interface ListingOptions {
  readonly filter: (key: Uint8Array) => Uint8Array | undefined;
  /** Ms of silence after which a node is given up. */
  readonly timeout: number;
  /** Whether a key belongs to one node. */
  readonly hasOwners: boolean;
}

/**
 * Writes the keys of all nodes into the list: from their hash tables, where no item is missed, or from the LRU lists of
 * the nodes that refuse that. The nodes that fail are in `fleet.failures`.
 */
async function listKeys(fleet: Fleet, options: ListingOptions, list: KeyListWriter, outcome: Outcome): Promise<void> {
  const unixSeconds = Math.floor(Date.now() / 1000);
  const { items } = fleet.client;
  const take = (item: DumpedItem): void => {
    const key = options.filter(item.key);
    if (key === undefined) return;
    if (options.hasOwners && items.nodeOf(key)?.node !== item.node) outcome.skip({ key, reason: 'misplaced' });
    else
      list.add({
        key,
        exptime: item.ttl < 0 ? 0 : unixSeconds + item.ttl,
        size: Number.isNaN(item.size) ? 0 : item.size,
      });
  };
  const { failures } = fleet;
  await dumpKeys(fleet, options.timeout, unixSeconds, take, 'hash');
  const refused = new Set([...failures].filter(([, error]) => error instanceof ServerError).map(([node]) => node));
  if (refused.size === 0) return;
  const out = new Map([...failures].filter(([node]) => !refused.has(node)));
  failures.clear();
  await dumpKeys(fleet, options.timeout, unixSeconds, (item) => {
    if (refused.has(item.node)) take(item);
  });
  // Those that replied before need not do so again.
  for (const node of failures.keys()) if (!refused.has(node)) failures.delete(node);
  for (const [node, error] of out) failures.set(node, error);
}

/** What the command line says of a source. Throws UsageError for one whose nodes do not list their keys. */
export function checkSource(given: FleetArguments): { prefix: string; timeout: number; hasOwners: boolean } {
  const { couchbase, locator, prefix = '', timeout = clientDefaults.timeout } = clientOptionsOf(given);
  if (couchbase !== undefined)
    fail('the nodes of a Couchbase bucket do not list their keys: a bucket can be a target, but not a source');
  return { prefix, timeout, hasOwners: locator !== 'round-robin' };
}

/** Writes the keys of a source into a list. `run.unlisted` has the nodes that failed to list theirs. */
export async function makeList(
  fleet: Fleet,
  given: FleetArguments & TransferOptions,
  path: string,
  run: Run,
): Promise<KeyListWriter> {
  const { prefix, timeout, hasOwners } = checkSource(given);
  const list = new KeyListWriter(path);
  run.show(() => ({ done: list.keys, unit: 'keys listed' }));
  try {
    const filter = keyFilter(prefix, given.match?.matches);
    await listKeys(
      fleet,
      { filter, timeout, hasOwners: hasOwners && fleet.client.stats().nodes.length > 1 },
      list,
      run.outcome,
    );
  } finally {
    list.close();
  }
  run.unlisted = [...fleet.failures.values()].map(({ message }) => message);
  fleet.failures.clear();
  return list;
}

/** An item as it is copied. */
export interface CopiedItem {
  readonly key: Uint8Array;
  readonly bytes: Uint8Array;
  readonly flags: number;
  readonly cas: bigint;
  /** Unix seconds of this machine, with fractions; Infinity = no expiry. */
  readonly expiresAt: number;
}

/** Reads an item; undefined where it cannot be copied, which the outcome tells. */
export async function readItem(
  fleet: Fleet,
  listed: ListedKey,
  persistence: Persistence,
  outcome: PartialOutcome,
): Promise<CopiedItem | undefined> {
  const { key } = listed;
  let read: { readonly state: ItemState<Stored> | undefined; readonly at: number };
  try {
    read = await persistence.call(() => readState(fleet, key));
  } catch (error) {
    const reason = skipReasonOf(error);
    if (reason === undefined) throw error;
    outcome.skip({ key, reason, detail: (error as Error).message });
    return undefined;
  }
  const { state, at } = read;
  const reason = reasonToSkip(state);
  if (state?.value === undefined || reason !== undefined) {
    outcome.skip({ key, reason: reason ?? 'lease' });
    return undefined;
  }
  const { value, flags, cas, ttl } = state;
  return { key, bytes: value.bytes, flags, cas, expiresAt: ttl === undefined ? expiryOf(listed) : at + ttl };
}

/** `at`: when the node read it, more or less: in the middle of the wait. A slow reply makes no item live longer. */
async function readState(fleet: Fleet, key: Uint8Array): Promise<{ state: ItemState<Stored> | undefined; at: number }> {
  const sentAt = Date.now();
  const state = await fleet.client.items.get<Stored>(key);
  return { state, at: (sentAt + Date.now()) / 2000 };
}

function reasonToSkip(state: ItemState<Stored> | undefined): ReasonName | undefined {
  // A ttl of 0: less than a second is left.
  if (state === undefined || state.ttl === 0) return 'gone';
  return state.stale ? 'stale' : undefined;
}

/** Where the node tells no ttl, the list does. */
function expiryOf({ exptime }: ListedKey): number {
  return exptime === 0 ? Infinity : exptime;
}
