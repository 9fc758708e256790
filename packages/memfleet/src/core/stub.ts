/**
 * Stubs: items that stand for a value that somebody is loading. To everybody but the loader they are misses.
 *
 *   `mg N` of a missing key ─▶ an empty item without flags; its replies carry W (the caller loads) or Z (another does)
 *   the cache of this library ─▶ an item with `stubFlags`, on every protocol
 *
 * A reply of the classic protocols has no W and no Z, so there an empty lease of `mg N` looks like an empty value.
 */
import type { Reply } from './reply.ts';

/** The client flags of the cache's own stubs: "mf", kind 0x11, and a low byte of 0. */
export const stubFlags = 0x6d66_1100;

/** Whether the reply has a lease of `mg N` that nobody has filled. */
export function isEmptyLease(reply: Reply): boolean {
  return reply.flags === 0 && reply.length === 0 && (reply.recaching || reply.won);
}

/** Whether the reply has a stub of either kind. */
export function isStub(reply: Reply): boolean {
  return reply.flags === stubFlags || isEmptyLease(reply);
}
