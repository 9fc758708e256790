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
import { callShape, type Prepare } from '../client/call-shape.ts';
import type { Client } from '../client/client.ts';
import { exptimeOf, ttlInSeconds } from '../client/ttl.ts';
import {
  InvalidArgumentError,
  InvalidKeyError,
  isNodeFailure,
  ProtocolError,
  UnsupportedError,
} from '../core/errors.ts';
import type { MetaFlags } from '../core/meta-flags.ts';
import { oneOf, type Option } from '../core/option-kinds.ts';
import { checkOptions } from '../core/option-table.ts';
import type { Reply } from '../core/reply.ts';
import { KeySpace } from './key-space.ts';
import { lifeOf } from './milliseconds.ts';
import { prefixOption, type PrefixOptions } from './prefix.ts';

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

/** How much a request adds, and how long a new counter lives. */
interface Step {
  readonly points: number;
  /** Seconds, or a Unix time. */
  readonly exptime: number;
  readonly flags: MetaFlags;
}

const putFlags: Prepare<MetaFlags> = (command, flags) => {
  command.meta = flags;
};

const readFlags = flagsWith(['v', 't']);

/** The counters of one limiter. */
export class Hits {
  readonly #client: Client;
  readonly #keys: KeySpace;
  readonly #onFailure: 'allow' | 'refuse' | 'throw';
  /** The one before: most steps of a limiter are the same. */
  #step: Step | undefined;

  constructor(client: Client<never>, options: RateLimitStoreOptions, prefix: string) {
    checkOptions({ prefix: prefixOption, onFailure: onFailureOption }, options, '');
    this.#client = client.with<unknown>({ errors: 'throw' });
    this.#keys = new KeySpace(this.#client, options.prefix ?? prefix);
    this.#onFailure = options.onFailure ?? 'throw';
  }

  /**
   * Adds to the counter, or takes from it, down to 0. `window`: the milliseconds of a new counter; 0 = for ever.
   * `shown` makes the result of the counter.
   */
  add<R>(key: string, points: number, window: number, shown: (count: Count) => R): Promise<R> {
    return this.#add(key, points, window, shown, true);
  }

  /** The counter as it is; undefined: there is none. */
  read<R>(key: string, shown: (count: Count) => R): Promise<R | undefined> {
    const read = (reply: Reply): R | undefined => {
      const count = countIn(reply);
      return count === undefined ? undefined : shown(count);
    };
    const failed = (error: unknown): R => shown(this.#afterFailure(error, 0, 0));
    return this.#keys.run(callShape('get', read, undefined, putFlags, undefined, failed), key, readFlags);
  }

  /** Takes one hit back, if there is a counter. */
  async takeBack(key: string): Promise<void> {
    await this.#orIgnored(this.#client.meta(`ma ${this.#keys.wire(key)} D1 MD`));
  }

  /** Gives the counter a new number and window. */
  async put(key: string, hits: number, window: number): Promise<void> {
    await this.#orIgnored(this.#client.meta(`ms ${this.#keys.wire(key)} T${exptimeIn(window)}`, String(hits)));
  }

  /** Gives the counter a new window. */
  async extend(key: string, window: number): Promise<void> {
    await this.#orIgnored(this.#client.meta(`mg ${this.#keys.wire(key)} T${exptimeIn(window)}`));
  }

  /** Deletes the counter; says whether there was one. */
  async delete(key: string): Promise<boolean> {
    return (await this.#orIgnored(this.#client.delete(this.#keys.wire(key)))) ?? false;
  }

  #add<R>(key: string, points: number, window: number, shown: (count: Count) => R, mayRepeat: boolean): Promise<R> {
    const read = (reply: Reply): R | Promise<R> => {
      const count = countIn(reply);
      if (count !== undefined) return shown(count);
      // The counter that another process made in the moment of the request is gone again.
      return mayRepeat ? this.#add(key, points, window, shown, false) : this.#giveUp(points, window, shown);
    };
    const failed = (error: unknown): R => shown(this.#afterFailure(error, points, window));
    try {
      const shape = callShape<R | Promise<R> | undefined, MetaFlags>(
        'arith',
        read,
        undefined,
        putFlags,
        undefined,
        failed,
      );
      return this.#keys.run(shape, key, this.#flagsOf(points, window)) as Promise<R>;
    } catch (error) {
      return rejected(error);
    }
  }

  async #giveUp<R>(points: number, window: number, shown: (count: Count) => R): Promise<R> {
    const error = new ProtocolError('the node neither counted nor made a counter');
    return shown(this.#afterFailure(error, points, window));
  }

  #flagsOf(points: number, window: number): MetaFlags {
    const exptime = exptimeIn(window);
    let step = this.#step;
    if (step === undefined || step.points !== points || step.exptime !== exptime) {
      if (!Number.isSafeInteger(points)) throw new InvalidArgumentError('points must be a whole number');
      const amount = points < 0 ? ['J0', `D${-points}`, 'MD'] : [`J${points}`, `D${points}`];
      step = { points, exptime, flags: flagsWith([`N${exptime}`, ...amount, 'v', 't'], exptime) };
      this.#step = step;
    }
    return step.flags;
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

/** The flags of a request that only the meta protocol can carry. */
function flagsWith(tokens: readonly string[], vivify?: number): MetaFlags {
  return { tokens, written: { tokens, text: ` ${tokens.join(' ')}` }, vivify, onlyMeta: 'carry a meta request' };
}

/** Undefined: the node has no counter. */
function countIn(reply: Reply): Count | undefined {
  if (reply.status !== 'ok') return undefined;
  // Behind the digits of a number that became shorter, memcached leaves blanks.
  return { hits: Number(reply.text()), left: (ttlInSeconds(reply) ?? Number.NaN) * 1000 };
}

/** The text of a key. Throws InvalidKeyError for an object: every object has the same text. */
export function plainKey(key: unknown): string {
  if ((typeof key === 'object' && key !== null) || typeof key === 'function' || typeof key === 'symbol')
    throw new InvalidKeyError(`a key must be a text or a number, not ${typeof key}`);
  return String(key);
}

/** A node that cannot count is no outage. */
const isOutage = (error: unknown): boolean => isNodeFailure(error) && !(error instanceof UnsupportedError);

const exptimeIn = (window: number): number => exptimeOf(lifeOf(window / 1000), systemClock);
