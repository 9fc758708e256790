/**
 * The map of a bucket: its keys are hashed to a fixed number of vBuckets, and a table maps each vBucket to servers.
 *
 *   key ─ crc32, bits 16 … 30 ─ & (count − 1) ─▶ vBucket ─▶ row [ active │ replica 1 │ replica 2 … ]      −1 = no node
 *
 * The forward map has the same shape and is the map at the end of the rebalance in progress. It is used only after a
 * refusal. (docs/protocols.md#vbuckets)
 */
import { ConfigError } from '../core/errors.ts';
import { crc32Libmemcached } from '../hash/crc32.ts';
import { arrayIn, type JsonObject, shown, wholeIn } from './json-fields.ts';

/** libvbucket's bounds. */
const maxVbuckets = 65_536;
const maxReplicas = 4;

/** The vBucket map of a bucket: the node of every copy. Immutable. */
export class VbucketMap {
  /** The number of vBuckets; a power of two. */
  readonly count: number;
  /** The number of copies of each vBucket beside the active one. */
  readonly replicas: number;
  /** Whether there is a forward map. */
  readonly hasForward: boolean;
  readonly #rows: Int16Array;
  readonly #forward: Int16Array | undefined;

  /** `rows` and `forward`: `replicas + 1` server indexes for each vBucket, one row after the other. */
  constructor(count: number, replicas: number, rows: Int16Array, forward?: Int16Array) {
    this.count = count;
    this.replicas = replicas;
    this.hasForward = forward !== undefined;
    this.#rows = rows;
    this.#forward = forward;
  }

  /** The vBucket of a key (a byte string). */
  vbucketOf(key: string): number {
    return crc32Libmemcached(key) & (this.count - 1);
  }

  /** The index of the server with a copy of a vBucket: 0 = the active one, i = the i-th replica; −1 = no node. */
  server(vbucket: number, copy = 0): number {
    return copy > this.replicas ? -1 : this.#rows[vbucket * (this.replicas + 1) + copy]!;
  }

  /** The same in the forward map; −1 where there is none. */
  forwardServer(vbucket: number, copy = 0): number {
    if (this.#forward === undefined || copy > this.replicas) return -1;
    return this.#forward[vbucket * (this.replicas + 1) + copy]!;
  }

  /** Whether every row of the other map is the same, the forward map included. */
  equals(other: VbucketMap): boolean {
    return (
      this.count === other.count &&
      this.replicas === other.replicas &&
      isSame(this.#rows, other.#rows) &&
      isSame(this.#forward, other.#forward)
    );
  }
}

function isSame(one: Int16Array | undefined, other: Int16Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.length === other.length && one.every((server, at) => server === other[at]);
}

/** The context in which a map is parsed. */
export interface VbucketMapContext {
  /** The number of servers that the indexes may name. */
  readonly servers: number;
  /**
   * Rows may be shorter than `numReplicas + 1` (modern clusters between an increase of the number of replicas and the
   * rebalance); libvbucket refuses them. Longer rows, as after a decrease, are always read, and their last copies are
   * ignored, as libcouchbase does.
   */
  readonly allowsShortRows: boolean;
}

/**
 * Parses `numReplicas`, `vBucketMap` and `vBucketMapForward`. Throws ConfigError for everything that libvbucket
 * refuses.
 */
export function parseVbucketMap(json: JsonObject, context: VbucketMapContext): VbucketMap {
  const replicas = wholeIn(json, 'numReplicas');
  if (replicas === undefined || replicas < 0 || replicas > maxReplicas)
    throw new ConfigError(`"numReplicas" must be 0 to ${maxReplicas}, not ${shown(replicas)}`);
  const table = arrayIn(json, 'vBucketMap');
  if (table === undefined) throw new ConfigError('the document has no "vBucketMap"');
  const count = table.length;
  if (count === 0) throw new ConfigError('the map has 0 vBuckets; the bucket may still be starting');
  if ((count & (count - 1)) !== 0 || count > maxVbuckets)
    throw new ConfigError(`the map has ${count} vBuckets; it must be a power of two up to ${maxVbuckets}`);
  const rows = readRows(table, 'vBucketMap', replicas, context);
  const ahead = arrayIn(json, 'vBucketMapForward');
  if (ahead === undefined || ahead.length === 0) return new VbucketMap(count, replicas, rows);
  if (ahead.length !== count)
    throw new ConfigError(`"vBucketMapForward" has ${ahead.length} rows where "vBucketMap" has ${count}`);
  return new VbucketMap(count, replicas, rows, readRows(ahead, 'vBucketMapForward', replicas, context));
}

function readRows(
  table: readonly unknown[],
  name: string,
  replicas: number,
  { servers, allowsShortRows }: VbucketMapContext,
): Int16Array {
  const width = replicas + 1;
  const rows = new Int16Array(table.length * width).fill(-1);
  for (const [vbucket, row] of table.entries()) {
    const fits = Array.isArray(row) && row.length >= (allowsShortRows ? 1 : width) && row.length <= maxReplicas + 1;
    if (!fits)
      throw new ConfigError(`row ${vbucket} of "${name}" is ${shown(row)}, not ${width} servers (numReplicas + 1)`);
    for (const [copy, server] of (row as readonly unknown[]).entries()) {
      if (!Number.isInteger(server) || (server as number) < -1 || (server as number) >= servers) {
        throw new ConfigError(
          `row ${vbucket} of "${name}" names server ${shown(server)}; the list has ${servers} servers (0 to ${servers - 1}, −1 = no node)`,
        );
      }
      if (copy < width) rows[vbucket * width + copy] = server as number;
    }
  }
  return rows;
}
