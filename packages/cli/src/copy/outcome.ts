/**
 * What became of the items: those that were copied are counted, the others are counted by reason, and some are named.
 */
import { textOf } from '../fleet/key-text.ts';
import { formatSize } from '../sizes.ts';

/** Why an item was not copied. `isFailure`: the target lacks an item that it should have. */
interface Reason {
  readonly text: string;
  readonly isFailure: boolean;
}

/** The name of a reason, as reports and JSON have it. */
export type ReasonName =
  | 'exists'
  | 'changed'
  | 'gone'
  | 'expired'
  | 'stale'
  | 'lease'
  | 'misplaced'
  | 'tooLarge'
  | 'unsupported'
  | 'refused';

const reasons: Readonly<Record<ReasonName, Reason>> = {
  exists: { text: 'already at the target', isFailure: false },
  changed: { text: 'changed at the target meanwhile', isFailure: false },
  gone: { text: 'expired, evicted or deleted before they were read', isFailure: false },
  expired: { text: 'expired', isFailure: false },
  stale: { text: 'marked stale', isFailure: false },
  lease: { text: 'leases without a value', isFailure: false },
  misplaced: { text: 'on a node that does not own them', isFailure: false },
  tooLarge: { text: 'too large for the target', isFailure: true },
  unsupported: { text: "a key or a size that the target's protocol or prefix cannot carry", isFailure: true },
  refused: { text: 'refused by a node', isFailure: true },
};

/** As a state file has it, so that a copy that continues tells the whole. */
export interface OutcomeCounts {
  readonly copied: number;
  /** Bytes of the values that were copied. */
  readonly bytes: number;
  readonly skipped: Readonly<Partial<Record<ReasonName, number>>>;
}

/** An item that was not copied. */
export interface SkippedItem {
  readonly key: Uint8Array;
  readonly reason: ReasonName;
  /** The message of the node. */
  readonly detail?: string;
}

/** The outcome of some items. */
export class PartialOutcome {
  copied = 0;
  bytes = 0;
  readonly skipped: SkippedItem[] = [];

  add(bytes: number): void {
    this.copied++;
    this.bytes += bytes;
  }

  skip(item: SkippedItem): void {
    this.skipped.push(item);
  }
}

/** `1 item`, `2,000 items`. */
export function itemsIn(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'item' : 'items'}`;
}

/** So many keys of each reason are named. */
const mostNamed = 5;

/** The outcome of all items so far. */
export class Outcome {
  #copied = 0;
  #bytes = 0;
  readonly #skipped = new Map<ReasonName, { count: number; readonly named: SkippedItem[] }>();
  readonly #onSkip: ((item: SkippedItem) => void) | undefined;

  /** `onSkip` receives every item that was not copied. */
  constructor(onSkip?: (item: SkippedItem) => void, before?: OutcomeCounts) {
    this.#onSkip = onSkip;
    if (before === undefined) return;
    this.#copied = before.copied;
    this.#bytes = before.bytes;
    for (const [reason, count] of Object.entries(before.skipped))
      this.#skipped.set(reason as ReasonName, { count, named: [] });
  }

  take(part: PartialOutcome): void {
    this.#copied += part.copied;
    this.#bytes += part.bytes;
    for (const item of part.skipped) this.skip(item);
  }

  skip(item: SkippedItem): void {
    let entry = this.#skipped.get(item.reason);
    if (entry === undefined) this.#skipped.set(item.reason, (entry = { count: 0, named: [] }));
    entry.count++;
    // The key shares memory with a larger piece.
    if (entry.named.length < mostNamed) entry.named.push({ ...item, key: Uint8Array.from(item.key) });
    this.#onSkip?.(item);
  }

  get counts(): OutcomeCounts {
    const skipped = Object.fromEntries([...this.#skipped].map(([reason, { count }]) => [reason, count]));
    return { copied: this.#copied, bytes: this.#bytes, skipped };
  }

  /** Whether the target lacks items that it should have. */
  get hasFailures(): boolean {
    return [...this.#skipped.keys()].some((reason) => reasons[reason].isFailure);
  }

  /** Lines for people. `done`: what happened to an item, such as `copied`. */
  lines(done: string, seconds: number): string[] {
    const rate = seconds > 0 ? `, ${Math.round(this.#copied / seconds).toLocaleString('en-US')}/s` : '';
    const first = `${done} ${itemsIn(this.#copied)}, ${formatSize(this.#bytes)} of values${rate}`;
    return [first, ...[...this.#skipped].flatMap(([reason, entry]) => this.#linesOf(reason, entry))];
  }

  #linesOf(reason: ReasonName, { count, named }: { count: number; named: readonly SkippedItem[] }): string[] {
    const head = `skipped ${itemsIn(count)}: ${reasons[reason].text}`;
    if (!reasons[reason].isFailure) return [head];
    const names = named.map(({ key, detail }) => `  ${textOf(key)}${detail === undefined ? '' : `: ${detail}`}`);
    return [head, ...names, ...(count > names.length ? [`  and ${count - names.length} more`] : [])];
  }
}
