/**
 * Counters of windows of time, in one request for each hit:
 *
 *   ma key N60 J1 D1 v t ─▶ VA 1 t60 and `1`     the first hit makes the counter, which lives as long as the window
 *                        ─▶ VA 1 t42 and `2`     the node adds one, and tells the seconds that are left
 *
 * The node counts, so that the number is exact however many processes count. It counts time in seconds: a window is
 * whole seconds, and ends up to a second early.
 */
import { systemClock } from '../base/clock.ts';
import { rejected } from '../base/rejected.ts';
import type { Client } from '../client/client.ts';
import type { MetaReply } from '../client/meta-reply.ts';
import { exptimeOf } from '../client/ttl.ts';
import {
  InvalidArgumentError,
  InvalidKeyError,
  isNodeFailure,
  ProtocolError,
  UnsupportedError,
} from '../core/errors.ts';
import { oneOf, type Option } from '../core/option-kinds.ts';
import { checkOptions } from '../core/option-table.ts';
import { lifeOf } from './milliseconds.ts';
import { prefixOption, type PrefixOptions } from './prefix.ts';
import { wireKey } from './wire-key.ts';

/** Options of stores for rate limits. */
export interface RateLimitStoreOptions extends PrefixOptions {
  /**
   * What becomes of a request while the node of its counter is out. `'allow'`: it passes; `'refuse'`: it is over the
   * limit; `'throw'`: the limiter receives the error, and its own options say. @default 'throw'
   */
  readonly onFailure?: 'allow' | 'refuse' | 'throw' | undefined;
}

/** What a counter has. */
export interface Count {
  readonly hits: number;
  /** Milliseconds until the window ends; Infinity: it never does. */
  readonly left: number;
}

/** A number that is over every limit. */
export const tooMany: number = Number.MAX_SAFE_INTEGER;

const onFailureOption: Option<'allow' | 'refuse' | 'throw'> = {
  kind: oneOf('allow', 'refuse', 'throw'),
  default: 'throw',
  about: 'what becomes of a request while the node of its counter is out',
};

/** The counters of one limiter. */
export class Hits {
  readonly #client: Client;
  readonly #prefix: string;
  readonly #room: number;
  readonly #onFailure: 'allow' | 'refuse' | 'throw';

  constructor(client: Client<never>, options: RateLimitStoreOptions, prefix: string) {
    checkOptions({ prefix: prefixOption, onFailure: onFailureOption }, options, '');
    this.#client = client.with<unknown>({ errors: 'throw' });
    this.#prefix = options.prefix ?? prefix;
    this.#room = client.items.limits.maxKeyLength;
    this.#onFailure = options.onFailure ?? 'throw';
  }

  /** Adds to the counter, or takes from it, down to 0. `window`: the milliseconds of a new counter; 0 = for ever. */
  add(key: string, points: number, window: number): Promise<Count> {
    let line: string;
    try {
      line = this.#lineOf(key, points, window);
    } catch (error) {
      return rejected(error);
    }
    // One promise beside the client's.
    return this.#client.meta(line).then(
      (reply) => countIn(reply) ?? this.#addAgain(line, points, window),
      (error: unknown) => this.#afterFailure(error, points, window),
    );
  }

  /** The counter as it is; undefined: there is none. */
  async read(key: string): Promise<Count | undefined> {
    try {
      return countIn(await this.#client.meta(`mg ${this.#key(key)} v t`));
    } catch (error) {
      return this.#afterFailure(error, 0, 0);
    }
  }

  /** Takes one hit back, if there is a counter. */
  async takeBack(key: string): Promise<void> {
    await this.#orIgnored(this.#client.meta(`ma ${this.#key(key)} D1 MD`));
  }

  /** Gives the counter a new number and window. */
  async put(key: string, hits: number, window: number): Promise<void> {
    await this.#orIgnored(this.#client.meta(`ms ${this.#key(key)} T${exptime(window)}`, String(hits)));
  }

  /** Gives the counter a new window. */
  async extend(key: string, window: number): Promise<void> {
    await this.#orIgnored(this.#client.meta(`mg ${this.#key(key)} T${exptime(window)}`));
  }

  /** Deletes the counter; says whether there was one. */
  async delete(key: string): Promise<boolean> {
    return (await this.#orIgnored(this.#client.delete(this.#key(key)))) ?? false;
  }

  #key(key: string): string {
    return wireKey(this.#prefix, key, this.#room);
  }

  #lineOf(key: string, points: number, window: number): string {
    if (!Number.isSafeInteger(points)) throw new InvalidArgumentError('points must be a whole number');
    const step = points < 0 ? `J0 D${-points} MD` : `J${points} D${points}`;
    return `ma ${this.#key(key)} N${exptime(window)} ${step} v t`;
  }

  /** The counter that another process made in the moment of the first request is gone again. */
  async #addAgain(line: string, points: number, window: number): Promise<Count> {
    try {
      const count = countIn(await this.#client.meta(line));
      if (count !== undefined) return count;
      throw new ProtocolError('the node neither counted nor made a counter');
    } catch (error) {
      return this.#afterFailure(error, points, window);
    }
  }

  #afterFailure(error: unknown, points: number, window: number): Count {
    if (this.#onFailure === 'throw' || !isOutage(error)) throw error;
    return { hits: this.#onFailure === 'allow' ? Math.max(points, 0) : tooMany, left: window };
  }

  async #orIgnored<R>(doing: Promise<R>): Promise<R | undefined> {
    try {
      return await doing;
    } catch (error) {
      if (this.#onFailure === 'throw' || !isOutage(error)) throw error;
      return undefined;
    }
  }
}

/** Undefined: the node has no counter. */
function countIn({ status, value, flags }: MetaReply): Count | undefined {
  if (status !== 'ok') return undefined;
  const seconds = Number(flags.get('t'));
  // Behind the digits of a number that became shorter, memcached leaves blanks.
  return { hits: Number(value), left: seconds < 0 ? Infinity : seconds * 1000 };
}

/** The text of a key. Throws InvalidKeyError for an object: every object has the same text. */
export function plainKey(key: unknown): string {
  if ((typeof key === 'object' && key !== null) || typeof key === 'function' || typeof key === 'symbol')
    throw new InvalidKeyError(`a key must be a text or a number, not ${typeof key}`);
  return String(key);
}

/** A node that cannot count is no outage. */
const isOutage = (error: unknown): boolean => isNodeFailure(error) && !(error instanceof UnsupportedError);

const exptime = (window: number): number => exptimeOf(lifeOf(window / 1000), systemClock);
