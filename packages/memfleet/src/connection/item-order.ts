/**
 * Which of the keys of a get of many a value is for. Values come in the order asked: with misses between them, or
 * (binary) with those of other gets.
 */
import type { Reply } from '../core/reply.ts';
import { notAsked } from './reply-shape.ts';

/** Finds the key that a value of a get of many keys belongs to. */
export class ItemOrder {
  /** Where a value is looked for first. */
  next = 0;

  /** Gives the reply the caller's own string of its key. Throws when the key was not asked for. */
  take(reply: Reply, keys: readonly string[]): void {
    let index = reply.ordinal;
    if (index < 0) {
      index = keys.indexOf(reply.key, this.next);
      if (index < 0) index = keys.indexOf(reply.key);
      if (index < 0) throw notAsked(reply);
    }
    this.next = index + 1;
    // Its hash is known already, which makes it a cheaper key of a Map than an equal string.
    reply.key = keys[index] as string;
  }
}
