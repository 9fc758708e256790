/**
 * `stats detail`: gets, hits, sets and deletes by the part of the key before its first colon (memcached
 * `stats_prefix.c`). Keys without a colon are not counted, nor are the meta commands. Off by default; while it is off
 * it costs nothing.
 */
import { type OwnedKeyMap, ownKey } from '../base/bytes.ts';
import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';

const usualDelimiter = ':';
/**
 * The maximum number of prefixes: clients choose them, and further ones are not counted. memcached has no such bound.
 */
const maxPrefixes = 10_000;

class PrefixCounters {
  gets = 0;
  hits = 0;
  sets = 0;
  deletes = 0;
}

const lineEnds = /[\r\n]+/g;

/** Counts gets, hits, sets and deletes by key prefix for `stats detail`. */
export class PrefixStats {
  readonly #prefixes: OwnedKeyMap<PrefixCounters> = new Map();
  readonly #delimiter: string;

  /** `delimiter`: the character that ends a prefix. */
  constructor(delimiter: string = usualDelimiter) {
    this.#delimiter = delimiter;
  }

  /** The handler that counts the replies to a command; `handler` itself where nothing is counted. */
  watch(command: Command, handler: Handler): Handler {
    if (command.dialect === 'meta') return handler;
    switch (command.verb) {
      case 'store':
        this.#of(command.key, 'sets');
        return handler;
      case 'delete':
        this.#of(command.key, 'deletes');
        return handler;
      case 'get':
        for (const key of command.keys ?? [command.key]) this.#of(key, 'gets');
        return new CountedHits(command, handler, (key) => this.#of(key, 'hits'));
      default:
        return handler;
    }
  }

  /**
   * The lines of `stats detail dump`, without line ends, including those in keys of the binary protocol.
   */
  *lines(): Iterable<string> {
    for (const [prefix, { gets, hits, sets, deletes }] of this.#prefixes)
      yield `PREFIX ${prefix.replaceAll(lineEnds, '_')} get ${gets} hit ${hits} set ${sets} del ${deletes}`;
  }

  reset(): void {
    this.#prefixes.clear();
  }

  #of(key: string, counter: keyof PrefixCounters): void {
    const end = key.indexOf(this.#delimiter);
    if (end < 0) return;
    const prefix = key.slice(0, end);
    let counters = this.#prefixes.get(prefix);
    if (counters === undefined) {
      if (this.#prefixes.size >= maxPrefixes) return;
      counters = new PrefixCounters();
      this.#prefixes.set(ownKey(prefix), counters);
    }
    counters[counter]++;
  }
}

/** Counts hits, then calls the handler. */
class CountedHits implements Handler {
  readonly #command: Command;
  readonly #handler: Handler;
  readonly #onHit: (key: string) => void;

  constructor(command: Command, handler: Handler, onHit: (key: string) => void) {
    this.#command = command;
    this.#handler = handler;
    this.#onHit = onHit;
  }

  onReply(reply: Reply): void {
    if (reply.status === 'ok' && reply.part !== 'end')
      this.#onHit(reply.part === 'item' ? reply.key : this.#command.key);
    this.#handler.onReply(reply);
  }

  onError(error: MemcacheError): void {
    this.#handler.onError(error);
  }
}
