/**
 * Finds the key of a multi-key get to which a value belongs. Values arrive in the order of the request: with misses
 * between them, or (binary) interleaved with those of other gets.
 */
import type { Reply } from '../core/reply.ts';
import { notRequested } from './reply-shape.ts';

/** Finds the key that a value of a get of many keys belongs to. */
export class ItemOrder {
  /** The index of the key that is tried first. */
  next = 0;

  /** Sets the reply's key to the caller's own string. Throws when the key was not requested. */
  take(reply: Reply, keys: readonly string[]): void {
    let index = reply.ordinal;
    if (index < 0) {
      index = keys.indexOf(reply.key, this.next);
      if (index < 0) index = keys.indexOf(reply.key);
      if (index < 0) throw notRequested(reply);
    }
    this.next = index + 1;
    // Its hash is known already, which makes it a cheaper key of a Map than an equal string.
    reply.key = keys[index] as string;
  }
}
