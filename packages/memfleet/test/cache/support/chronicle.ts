/** A value, and what callers know of it. */
interface Origin {
  /** The place in the order when its set had returned, or its load began; Infinity = not yet. */
  at: number;
  readonly space: string;
  readonly tags: Set<string>;
}

/** A clear or an invalidation that has returned. */
interface Change {
  readonly begin: number;
  readonly end: number;
  readonly covers: (origin: Origin, asked: readonly string[]) => boolean;
  readonly name: string;
}

/** A read on its way. */
export interface Reading {
  readonly begin: number;
  readonly asked: readonly string[];
}

/**
 * What the callers of all processes have seen, in the order of real time: who reads after a clear or an invalidation
 * has returned must not see what was there before it was called.
 */
export class Chronicle {
  /** What must not be. */
  readonly problems: string[] = [];
  /** Reads that gave a value. */
  hits = 0;
  readonly #origins = new Map<string, Origin>();
  readonly #changes: Change[] = [];
  #order = 0;
  #values = 0;

  /** A value that nobody else has. */
  newValue(space: string, tags: readonly string[] = []): string {
    const value = `v${++this.#values}`;
    this.#origins.set(value, { at: Infinity, space, tags: new Set(tags) });
    return value;
  }

  /** The set of a value has returned, or the load that gives it begins. */
  stands(value: string): void {
    this.#origin(value).at = ++this.#order;
  }

  addTag(value: string, tag: string): void {
    this.#origin(value).tags.add(tag);
  }

  /** A clear of a space; what is within it is cleared as well. */
  async clear(space: string, work: () => Promise<void>): Promise<void> {
    const covers = (origin: Origin): boolean => origin.space === space || origin.space.startsWith(`${space}:`);
    await this.#change(`clear of ${space}`, covers, work);
  }

  async invalidate(tags: readonly string[], work: () => Promise<void>): Promise<void> {
    // Who asks for a tag wants no entry from before its invalidation, whatever the entry says.
    const covers = (origin: Origin, asked: readonly string[]): boolean =>
      tags.some((tag) => origin.tags.has(tag) || asked.includes(tag));
    await this.#change(`invalidation of ${tags.join()}`, covers, work);
  }

  reads(asked: readonly string[] = []): Reading {
    return { begin: ++this.#order, asked };
  }

  /** A read has given this. */
  gives({ begin, asked }: Reading, value: unknown): void {
    if (typeof value !== 'string') return;
    this.hits++;
    const origin = this.#origin(value);
    for (const change of this.#changes)
      if (origin.at < change.begin && change.end < begin && change.covers(origin, asked))
        this.problems.push(`${value} of ${origin.at} is read at ${begin}, after the ${change.name} at ${change.end}`);
  }

  async #change(name: string, covers: Change['covers'], work: () => Promise<void>): Promise<void> {
    const begin = ++this.#order;
    await work();
    this.#changes.push({ begin, end: ++this.#order, covers, name });
  }

  #origin(value: string): Origin {
    const origin = this.#origins.get(value);
    if (origin === undefined) throw new Error(`nobody has stored ${value}`);
    return origin;
  }
}
