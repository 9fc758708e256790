/**
 * The shop's calls to its cache, each timed, counted and checked.
 *
 *   shop ─ read(key) ─▶ ledger: a call begins ─▶ cache.get ─▶ stamp of the value ─▶ ledger: may that be read?
 *                                                   │                                └▶ hit, miss or failed
 *                                                   └ error ─▶ meter; a write: had it an effect? (`sent`)
 *
 * Nothing rejects: a shop goes on without its cache.
 */
import { MemcacheError, PartialResultError, ServerError } from 'memfleet';
import type { Cache } from './cache.ts';
import type { PendingWrite, Violation } from './ledger.ts';
import type { Meter } from './meter.ts';
import type { Run } from './run.ts';
import { readStamp, stampValue } from './stamp.ts';

/** What a call of the shop gives. */
export type Outcome = 'hit' | 'miss' | 'failed';

const failed = (): Outcome => 'failed';
const nothing = (): undefined => {};

type Values = ReadonlyMap<string, Uint8Array>;

/** Errors that a fleet in trouble may give; anything else is a defect. */
const expectedCodes = new Set([
  'ERR_TIMEOUT',
  'ERR_CONNECT',
  'ERR_CONNECTION_CLOSED',
  'ERR_NODE_EJECTED',
  'ERR_QUEUE_FULL',
  'ERR_SERVER',
  'ERR_PARTIAL_RESULT',
]);

/** What an audit is made of. Audits of one run share its ledger, tally and findings. */
export interface AuditOptions extends Pick<Run, 'ledger' | 'tally' | 'findings' | 'time' | 'isRelayed'> {
  readonly cache: Cache;
  readonly meter: Meter;
  /** A call that takes longer than this (ms awake) is late. */
  readonly patience: number;
  /** Seconds that items live. */
  readonly ttl: number;
}

/** Times, counts and checks the shop's calls to its cache. */
export class Audit {
  readonly #options: AuditOptions;
  /** Ticks at which the calls in flight began, in order. */
  readonly #inFlight = new Set<number>();
  /** Calls that have ended. */
  ended = 0;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  /** Calls that have not ended yet. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  async read(key: string): Promise<Outcome> {
    return this.#call(async (begunAt) => this.#found(key, await this.#options.cache.get(key), begunAt), failed);
  }

  /** Reads a counter. */
  async readCount(key: string): Promise<Outcome> {
    return this.#call(async (begunAt) => {
      const value = await this.#options.cache.get(key);
      if (value === undefined) return this.#missed(key, begunAt);
      this.#judge(this.#options.tally.read(key, Number(Buffer.from(value).toString('latin1')), begunAt));
      this.#options.meter.found(value.length);
      return 'hit';
    }, failed);
  }

  /** Reads many keys; gives those that were not found. Keys whose node failed are not among them. */
  async readMany(keys: readonly string[]): Promise<string[]> {
    const check = (values: Values, begunAt: number, failures?: ReadonlyMap<string, unknown>): string[] => {
      for (const [key, value] of values) this.#found(key, value, begunAt);
      const missing = keys.filter((key) => !values.has(key) && failures?.has(key) !== true);
      for (const key of missing) this.#missed(key, begunAt);
      return missing;
    };
    return this.#call(
      async (begunAt) => check(await this.#options.cache.getMany(keys), begunAt),
      (error, begunAt) =>
        error instanceof PartialResultError ? check(error.results as Values, begunAt, error.failures) : [],
    );
  }

  async write(key: string, size: number): Promise<void> {
    await this.#write(key, size, (value) => this.#options.cache.set(key, value, this.#options.ttl));
  }

  /** Writes many keys by one call. */
  async writeMany(sizes: ReadonlyMap<string, number>): Promise<void> {
    const writes = new Map([...sizes.keys()].map((key) => [key, this.#options.ledger.write(key)]));
    const values = new Map([...writes].map(([key, write]) => [key, this.#value(write, sizes.get(key) as number)]));
    const settle = (stored: ReadonlyMap<string, boolean>, failures?: ReadonlyMap<string, unknown>): void => {
      for (const [key, write] of writes) {
        if (stored.get(key) === true) this.#options.ledger.stored(write);
        else if (stored.has(key)) this.#judge(this.#options.ledger.refused(write), false);
        else this.#unsettled(write, failures?.get(key));
      }
    };
    await this.#call(
      async () => settle(await this.#options.cache.setMany(values, this.#options.ttl)),
      (error) => {
        if (error instanceof PartialResultError) settle(error.results as ReadonlyMap<string, boolean>, error.failures);
        else settle(new Map(), new Map([...writes.keys()].map((key) => [key, error])));
      },
    );
  }

  /** Reads a key and stores a new value unless somebody else did in between; stores one where there was none. */
  async update(key: string, size: number): Promise<void> {
    const found = await this.#call(async (begunAt) => {
      const item = await this.#options.cache.getWithCas(key);
      this.#found(key, item?.value, begunAt);
      return { cas: item?.cas, readAt: this.#options.ledger.begin() };
    }, nothing);
    if (found === undefined) return;
    const { cas, readAt } = found;
    if (cas === undefined) await this.write(key, size);
    else {
      const swap = async (value: Buffer): Promise<boolean> =>
        (await this.#options.cache.cas(key, value, cas, this.#options.ttl)) === 'stored';
      await this.#write(key, size, swap, readAt);
    }
  }

  async remove(key: string): Promise<void> {
    await this.#call(async (begunAt) => {
      await this.#options.cache.delete(key);
      this.#options.ledger.absent(key, begunAt);
    }, nothing);
  }

  async count(key: string): Promise<void> {
    const count = this.#options.tally.count(key);
    await this.#call(
      async () => {
        const value = await this.#options.cache.incr(key, 1, { initial: count.initial, ttl: this.#options.ttl });
        if (value !== undefined) this.#judge(this.#options.tally.counted(count, value));
        else this.#options.findings.defect(new Error(`${key}: incr with an initial value gave nothing`));
      },
      (error) => {
        if (!this.#mayHaveHappened(error)) this.#judge(this.#options.tally.refused(count), false);
      },
    );
  }

  async #write(key: string, size: number, send: (value: Buffer) => Promise<boolean>, readAt?: number): Promise<void> {
    const write = this.#options.ledger.write(key);
    await this.#call(
      async () => {
        if (!(await send(this.#value(write, size)))) this.#judge(this.#options.ledger.refused(write), false);
        else if (readAt === undefined) this.#options.ledger.stored(write);
        else this.#judge(this.#options.ledger.swapped(write, readAt));
      },
      (error) => this.#unsettled(write, error),
    );
  }

  /** A write failed: it had no effect for certain, or it may have one now or later. */
  #unsettled(write: PendingWrite, error: unknown): void {
    if (!this.#mayHaveHappened(error)) this.#judge(this.#options.ledger.refused(write), false);
  }

  /** Can the write have taken effect, or still take it? The error reply of a node says that it did not. */
  #mayHaveHappened(error: unknown): boolean {
    if (!(error instanceof MemcacheError)) return true;
    return error.sent && (this.#options.isRelayed || !(error instanceof ServerError));
  }

  #value(write: PendingWrite, size: number): Buffer {
    const value = stampValue(write.key, write.version, size);
    this.#options.meter.wrote(value.length);
    return value;
  }

  #found(key: string, value: Uint8Array | undefined, begunAt: number): Outcome {
    if (value === undefined) return this.#missed(key, begunAt);
    const stamp = readStamp(value);
    this.#options.meter.found(value.length);
    if (typeof stamp === 'string') this.#judge({ key, problem: `what was read ${stamp}` });
    else if (stamp.key !== key) this.#judge({ key, problem: `got the value of ${stamp.key}` });
    else this.#judge(this.#options.ledger.read(key, stamp.version, begunAt));
    return 'hit';
  }

  #missed(key: string, begunAt: number): Outcome {
    this.#options.ledger.absent(key, begunAt);
    this.#options.meter.found(undefined);
    return 'miss';
  }

  #judge(violation: Violation | undefined, isValue = true): void {
    if (isValue) this.#options.findings.checked++;
    if (violation !== undefined) this.#options.findings.wrong(violation);
  }

  async #call<T>(run: (begunAt: number) => Promise<T>, onError: (error: unknown, begunAt: number) => T): Promise<T> {
    const { meter, time, patience } = this.#options;
    const begunAt = this.#options.ledger.begin();
    this.#inFlight.add(begunAt);
    const awakeAt = time.now();
    const startedAt = performance.now();
    try {
      return await run(begunAt);
    } catch (error) {
      meter.failed(error instanceof PartialResultError ? error.cause : error);
      if (!(error instanceof MemcacheError && expectedCodes.has(error.code))) this.#options.findings.defect(error);
      return onError(error, begunAt);
    } finally {
      meter.call(performance.now() - startedAt);
      const awake = time.now() - awakeAt;
      if (awake > this.#options.findings.longest) this.#options.findings.longest = awake;
      if (awake > patience) this.#options.findings.late++;
      this.#inFlight.delete(begunAt);
      this.ended++;
      const [oldest] = this.#inFlight;
      this.#options.ledger.forget(oldest ?? begunAt);
    }
  }
}
