/**
 * Locates keys by a vBucket map and by later refusals. One is made for each adopted map.
 *
 *   command ─▶ vBucket (written into the command) ─▶ its owner
 *               refused by its owner ─▶ the forward map's row, once ─ refused again ─▶ the next server, remembered
 *                                   └── no forward map ──────────────────────────────▶ the next server, remembered
 *
 * (libvbucket `vbucket_found_incorrect_master`)
 *
 * Replicas on near nodes come first: replica 1 of a command is the first near one, if there is any.
 */
import type { Locator } from '../cluster/locator/locator.ts';
import type { Command } from '../core/command.ts';
import type { VbucketMap } from './vbucket-map.ts';

/**
 * The outcome of a refusal: `known` = the map, or the forward map, names another server; `guess` = neither does, so the
 * next server is tried.
 */
export type LearnOutcome = 'known' | 'guess';

/** The source from which a vBucket's owner is known. */
const byMap = 0;
const byForwardMap = 1;
const byGuess = 2;

/** Locates keys by a vBucket map and by the refusals since. */
export class VbucketLocator implements Locator {
  readonly size: number;
  readonly map: VbucketMap;
  readonly #owners: Int16Array;
  /** `byMap`, `byForwardMap`, `byGuess`. */
  readonly #sources: Uint8Array;
  /** Undefined: no node is nearer than another. */
  readonly #isNear: ((server: number) => boolean) | undefined;

  /** `servers`: the number of servers that the map's indexes may name. `isNear`: whether that of an index is near. */
  constructor(map: VbucketMap, servers: number, isNear?: (server: number) => boolean) {
    this.map = map;
    this.#isNear = isNear;
    this.size = servers;
    this.#owners = Int16Array.from({ length: map.count }, (_, vbucket) => map.server(vbucket));
    this.#sources = new Uint8Array(map.count);
  }

  locate(key: string): number {
    return this.#owners[this.map.vbucketOf(key)]!;
  }

  /** The index of the server of a vBucket's active copy; −1 = no node. */
  ownerOf(vbucket: number): number {
    return this.#owners[vbucket] ?? -1;
  }

  /** Only its owner has a vBucket. */
  locateNext(): number {
    return -1;
  }

  route(command: Command): number {
    const vbucket = this.map.vbucketOf(command.key);
    command.vbucket = vbucket;
    return command.replica === 0 ? this.#owners[vbucket]! : this.#replica(vbucket, command.replica);
  }

  vbuckets(): readonly number[] {
    const counts = Array.from({ length: this.size }, () => 0);
    for (const owner of this.#owners) if (owner >= 0) counts[owner]!++;
    return counts;
  }

  /** The near copies of a key, as `Command.replica` names them. */
  nearCopies(key: string): readonly number[] {
    const isNear = this.#isNear;
    if (isNear === undefined) return [];
    const vbucket = this.map.vbucketOf(key);
    const servers = [this.#owners[vbucket]!, ...this.#replicas(vbucket)];
    return servers.flatMap((server, copy) => (server >= 0 && isNear(server) ? [copy] : []));
  }

  /** Records that the server of this index refused the vBucket; −1 = a server that is not in the list. */
  learn(vbucket: number, wrong: number): LearnOutcome {
    const source = this.#sources[vbucket];
    if (wrong < 0 || this.#owners[vbucket] !== wrong) return source === byGuess ? 'guess' : 'known';
    const ahead = this.map.forwardServer(vbucket);
    if (source === byMap && ahead >= 0 && ahead !== wrong) {
      this.#sources[vbucket] = byForwardMap;
      this.#owners[vbucket] = ahead;
      return 'known';
    }
    this.#sources[vbucket] = byGuess;
    this.#owners[vbucket] = (wrong + 1) % this.size;
    return 'guess';
  }

  #replica(vbucket: number, copy: number): number {
    if (this.#isNear === undefined) return this.#inMap(vbucket, copy);
    return this.#replicas(vbucket)[copy - 1] ?? -1;
  }

  /** The servers of the replicas, the near ones first. */
  #replicas(vbucket: number): readonly number[] {
    const servers = Array.from({ length: this.map.replicas }, (_, index) => this.#inMap(vbucket, index + 1));
    const isNear = (server: number): boolean => server >= 0 && this.#isNear?.(server) === true;
    return [...servers.filter(isNear), ...servers.filter((server) => !isNear(server))];
  }

  /** After a guess the map's own row is the best information. */
  #inMap(vbucket: number, copy: number): number {
    const isForward = this.#sources[vbucket] === byForwardMap;
    return isForward ? this.map.forwardServer(vbucket, copy) : this.map.server(vbucket, copy);
  }
}
