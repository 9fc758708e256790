/**
 * Places keys by a vBucket map, and what was learned since from refusals. One is made for each map that is adopted.
 *
 *   command ─▶ vBucket (written into the command) ─▶ its owner
 *                            refused by its owner ─▶ the forward map's row, once ─ refused again, or no forward map ─▶ the next server, remembered
 *
 * (libvbucket `vbucket_found_incorrect_master`)
 */
import type { Command } from '../../command.ts';
import type { Locator } from '../locator/locator.ts';
import type { VbucketMap } from './vbucket-map.ts';

/** What a refusal taught: somebody learned before, the forward map knows more, or the next server is tried. */
export type Lesson = 'known' | 'forward' | 'guess';

/** See the head of this file. */
export class VbucketLocator implements Locator {
  readonly size: number;
  readonly map: VbucketMap;
  readonly #owners: Int16Array;
  /** 1 = the forward map's row counts. */
  readonly #isForward: Uint8Array;

  /** `servers`: how many the map's indexes may name. */
  constructor(map: VbucketMap, servers: number) {
    this.map = map;
    this.size = servers;
    this.#owners = Int16Array.from({ length: map.count }, (_, vbucket) => map.server(vbucket));
    this.#isForward = new Uint8Array(map.count);
  }

  locate(key: string): number {
    return this.#owners[this.map.vbucketOf(key)]!;
  }

  /** Nobody but its owner has a vBucket. */
  locateNext(): number {
    return -1;
  }

  route(command: Command): number {
    const vbucket = this.map.vbucketOf(command.key);
    command.vbucket = vbucket;
    return command.replica === 0 ? this.#owners[vbucket]! : this.#replica(vbucket, command.replica);
  }

  /** The server of this index refused the vBucket. */
  learn(vbucket: number, wrong: number): Lesson {
    if (this.#owners[vbucket] !== wrong) return 'known';
    const ahead = this.map.forwardServer(vbucket);
    if (this.#isForward[vbucket] === 0 && ahead >= 0 && ahead !== wrong) {
      this.#isForward[vbucket] = 1;
      this.#owners[vbucket] = ahead;
      return 'forward';
    }
    this.#owners[vbucket] = (wrong + 1) % this.size;
    return 'guess';
  }

  #replica(vbucket: number, copy: number): number {
    return this.#isForward[vbucket] === 1 ? this.map.forwardServer(vbucket, copy) : this.map.server(vbucket, copy);
  }
}
