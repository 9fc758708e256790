/**
 * Where items go: a fleet. What it has is kept:
 *
 *   add ─▶ stored, or `exists`                                     the usual way
 *   read the cas ─▶ cas, or add where nothing is ─▶ stored, or `changed`     with `replace`
 */
import type { StoreResult } from 'memfleet';
import type { Fleet } from '../fleet/fleet.ts';
import type { PartialOutcome } from './outcome.ts';
import { type Persistence, skipReasonOf } from './persistence.ts';
import type { CopiedItem } from './source.ts';

/** Stores the items of one run. */
export class Target {
  readonly #fleet: Fleet;
  readonly #isReplacing: boolean;
  readonly #persistence: Persistence;

  constructor(fleet: Fleet, isReplacing: boolean, persistence: Persistence) {
    this.#fleet = fleet;
    this.#isReplacing = isReplacing;
    this.#persistence = persistence;
  }

  /** Tells the outcome what became of the item. Rejects when its node is out for too long. */
  async store(
    item: CopiedItem,
    casBefore: Promise<bigint | undefined> | undefined,
    outcome: PartialOutcome,
  ): Promise<void> {
    const { key } = item;
    try {
      const cas = await casBefore;
      const { result } = await this.#persistence.call(() => this.#call(item, cas));
      if (result === 'stored') outcome.add(item.bytes.length);
      else outcome.skip({ key, reason: this.#isReplacing ? 'changed' : 'exists' });
    } catch (error) {
      const reason = skipReasonOf(error);
      if (reason === undefined) throw error;
      outcome.skip({ key, reason, detail: (error as Error).message });
    }
  }

  /** The cas of what the target has, before the source is read: a newer value is not replaced. */
  casOf(key: Uint8Array): Promise<bigint | undefined> | undefined {
    if (!this.#isReplacing) return undefined;
    const cas = this.#persistence.call(async () => {
      const state = await this.#fleet.client.items.get(key, { withoutValue: true });
      return state?.cas;
    });
    // Awaited by `store`, or by nobody where the source has no such item any more.
    cas.catch(() => {});
    return cas;
  }

  #call({ key, bytes, flags, expiresAt }: CopiedItem, cas: bigint | undefined): Promise<StoreResult> {
    // A node counts in seconds, and 0 would be no expiry.
    const ttl = Math.max(1, Math.round(expiresAt - Date.now() / 1000));
    const how = cas === undefined ? { mode: 'add' as const } : { cas };
    return this.#fleet.client.items.set(key, { bytes, flags }, { ttl, ...how });
  }
}
