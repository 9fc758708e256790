/**
 * Locked items of one copy of a vBucket:
 *
 *   GET_LOCKED ─▶ the item has a new cas, which only the holder knows
 *                  └ a write with it, UNLOCK, the time is over ─▶ free
 *   GET meanwhile: the value, with cas 0xffffffffffffffff;  writes without the cas: locked
 */
import type { Command } from '../../core/command.ts';

/** The cas that everybody but the holder sees. */
export const lockedCas = 0xffff_ffff_ffff_ffffn;

const defaultSeconds = 15;
const longestSeconds = 30;

interface Lock {
  readonly cas: bigint;
  /** Ms on the clock. */
  readonly until: number;
}

/** The locks of one copy of a vBucket. */
export class Locks {
  readonly #locks = new Map<string, Lock>();

  /** The cas of the lock on a key; undefined = it is not locked. */
  find(key: string, now: number): bigint | undefined {
    const lock = this.#locks.get(key);
    if (lock === undefined) return undefined;
    if (now < lock.until) return lock.cas;
    this.#locks.delete(key);
    return undefined;
  }

  /** Whether the command may change its item. The holder's write ends the lock. */
  admits(command: Command, now: number): boolean {
    const cas = this.find(command.key, now);
    if (cas === undefined) return true;
    const isHolder = command.cas === cas && command.verb !== 'touch' && command.verb !== 'get';
    if (isHolder) this.#locks.delete(command.key);
    return isHolder;
  }

  /** `seconds`: 0 and more than 30 are 15, as in kv_engine. */
  lock(key: string, cas: bigint, seconds: number, now: number): void {
    const isValid = seconds > 0 && seconds <= longestSeconds;
    this.#locks.set(key, { cas, until: now + (isValid ? seconds : defaultSeconds) * 1000 });
  }

  unlock(key: string): void {
    this.#locks.delete(key);
  }
}
