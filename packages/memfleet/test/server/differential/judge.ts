/** Plays sequences on two servers; one that differs is made short, and printed as a transcript. */
import { areEqual, transcript } from './compare.ts';
import { Random } from './random.ts';
import { sequenceOf, simpler, type Step } from './sequence.ts';
import { Side } from './side.ts';

/** The differences that are looked for before it gives up. */
const wanted = Number(process.env['MEMFLEET_DIFFERENCES'] ?? 1);
/** The seed of all sequences of a run. */
export const seed: number = Number(process.env['MEMFLEET_SEED'] ?? Date.now() % 1_000_000);

/**
 * Arguments for memcached: one thread, and none beside it that moves items. An item that is being moved is not counted
 * in place.
 */
export const alone: readonly string[] = ['-t', '1', '-o', 'no_lru_maintainer'];

/** The number of sequences of a run, `usual` if MEMFLEET_SEQUENCES does not set it. */
export function countOf(usual: number): number {
  return Number(process.env['MEMFLEET_SEQUENCES'] ?? usual);
}

/** Compares a server of ours with memcached. */
export class Judge {
  readonly #sides: readonly [Side, Side];
  readonly #isCompared: (request: string) => boolean;

  /** The Unix sockets of memcached and of ours, and which requests are generated. */
  constructor(real: string, ours: string, isCompared: (request: string) => boolean = () => true) {
    this.#sides = [new Side(real), new Side(ours)];
    this.#isCompared = isCompared;
  }

  close(): void {
    for (const side of this.#sides) side.close();
  }

  /** What differs in `count` sequences, each as short as possible. */
  async differences(count: number): Promise<string[]> {
    process.stderr.write(`differential test: MEMFLEET_SEED=${seed}\n`);
    const all: string[] = [];
    for (let number = 0; number < count && all.length < wanted; number++) {
      const steps = sequenceOf(new Random(seed * 1_000_003 + number), this.#isCompared);
      const found = await this.#difference(steps);
      if (found !== undefined)
        all.push(`sequence ${number} of seed ${seed}, as short as possible:\n${await this.#shrunk(steps, found)}`);
    }
    return all;
  }

  /** Undefined: both replied the same. The third look decides: a second may have passed between the two. */
  async #difference(steps: readonly Step[]): Promise<string | undefined> {
    let found: string | undefined;
    for (let look = 0; look < 3; look++) {
      const [theirs, ours] = await Promise.all(this.#sides.map((side) => side.play(steps)));
      if (theirs === undefined || ours === undefined || areEqual(steps, theirs, ours)) return undefined;
      found = transcript(steps, theirs, ours);
      this.close();
    }
    return found;
  }

  async #shrunk(steps: readonly Step[], found: string): Promise<string> {
    for (const one of simpler(steps)) {
      const again = await this.#difference(one);
      if (again !== undefined) return this.#shrunk(one, again);
    }
    return found;
  }
}
