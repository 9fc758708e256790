/**
 * The scan of one vBucket, batch after batch:
 *
 *   next ─▶ create ─ empty range ──────────────────────────────▶ the end
 *             │ ▲ └─ not here, busy, node away ─ back-off ─▶ create, where the vBucket is now
 *             ▼ │
 *          continue ─ more, complete ──────────────────────────▶ a batch
 *               └─ the scan is gone, or was moved ─ create, behind the last key
 *
 * The items of a vBucket come in the order of their keys, so a scan that begins again behind the last key returns no
 * key twice, and none is left out that existed throughout.
 */
import { withJitter } from '../../base/backoff.ts';
import { deadlineIn } from '../../base/clock.ts';
import { Command, type PacketFields } from '../../core/command.ts';
import type { Dispatcher } from '../../core/dispatcher.ts';
import {
  ClosedError,
  isNodeFailure,
  MemcacheError,
  NoNodesError,
  ProtocolError,
  TimeoutError,
  UnsupportedError,
} from '../../core/errors.ts';
import { replyError, type Reply } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import { bucketRequest } from '../../protocol/binary/bucket-request.ts';
import { couchbaseOpcode } from '../../protocol/binary/couchbase-opcodes.ts';
import { datatype } from '../../protocol/binary/header.ts';
import {
  continueScanExtras,
  createScanBody,
  type KeyRange,
  readScanned,
  type ScannedItem,
  scanIdLength,
} from '../../protocol/binary/range-scan.ts';
import { uncompress } from '../../protocol/snappy/uncompress.ts';
import { maxValueSize } from '../compression-options.ts';
import type { ScanPlace, ScanSettings } from './scan-settings.ts';

/** The back-off after a refusal, in ms. */
const firstWait = 5;
const longestWait = 200;
const jitter = 0.3;
/** Requests of one batch that are repeated without a back-off. */
const repeatedAtOnce = 3;
/** The share of the timeout after which a node ends a batch that is not full. */
const batchShare = 0.8;
/** The size in bytes that a batch may have beyond its limit: the last item, and what surrounds it. */
const batchMargin = maxValueSize + 1024;
/** Statuses of a continue that say that its scan is no longer there. */
const gone: readonly number[] = [status.keyNotFound, status.rangeScanCancelled];
/** Statuses of a node that has no range scans. */
const unknown: readonly number[] = [status.unknownCommand, status.notSupported];
/** Statuses of a node that does not know the collection. */
const unknownNames: readonly number[] = [status.unknownCollection, status.unknownScope];

/** Some items of a vBucket, in the order of their keys. */
export interface ScanBatch {
  readonly items: readonly ScannedItem[];
  /** Whether no more items follow. */
  readonly isLast: boolean;
}

/** The scan that a node has open. */
interface OpenScan {
  readonly id: Uint8Array;
  readonly node: string;
}

/** Dispatches a command. False: there is no node for it. */
type Dispatch = (...request: Parameters<Dispatcher['dispatch']>) => boolean;

/** The outcome of one request: what it asked for, or why it is repeated. */
type Outcome<T> = { readonly result: T } | { readonly retry: MemcacheError; readonly isAtOnce: boolean };

/** The scan of one vBucket. */
export class VbucketScan {
  readonly vbucket: number;
  readonly #place: ScanPlace;
  readonly #settings: ScanSettings;
  #range: KeyRange;
  #open: OpenScan | undefined;
  /** The command in flight, or the wait before the next one. */
  #command: Command | undefined;
  #abort: ((error: MemcacheError) => void) | undefined;
  #waits = 0;

  constructor(vbucket: number, place: ScanPlace, settings: ScanSettings) {
    this.vbucket = vbucket;
    this.#place = place;
    this.#settings = settings;
    this.#range = settings.range;
  }

  /**
   * The next batch. One call at a time; none after the last batch. Rejects when `timeout` passes without a batch, and
   * when the nodes refuse.
   */
  async next(): Promise<ScanBatch> {
    const deadline = deadlineIn(this.#place.clock, this.#settings.timeout);
    this.#waits = 0;
    for (;;) {
      const outcome = this.#open === undefined ? await this.#create(deadline) : await this.#continue(deadline);
      if (!('retry' in outcome)) {
        if (outcome.result === 'created') continue;
        return outcome.result;
      }
      await this.#pause(outcome.retry, outcome.isAtOnce, deadline);
    }
  }

  /** Ends the scan: a call of `next` in progress rejects with `error`, and the node forgets the scan. */
  cancel(error: MemcacheError): void {
    if (this.#command !== undefined) this.#command.cancelled = true;
    this.#abort?.(error);
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) this.#close(open);
  }

  #close({ id, node }: OpenScan): void {
    const deadline = deadlineIn(this.#place.clock, this.#settings.timeout);
    const command = this.#request(couchbaseOpcode.rangeScanCancel, deadline, { extras: id });
    // Whatever the reply is: a scan that is not cancelled ends by itself.
    this.#place.dispatchTo(node, command, { onReply() {}, onError() {} });
  }

  async #create(deadline: number): Promise<Outcome<'created' | ScanBatch>> {
    const node = this.#place.nodeOf(this.vbucket);
    if (node === undefined) return this.#noNode();
    const { collection, keysOnly } = this.#settings;
    if (collection?.isKnown === false) {
      const finding = await this.#findCollection(deadline);
      if ('retry' in finding) return finding;
    }
    const command = this.#request(couchbaseOpcode.rangeScanCreate, deadline, { datatype: datatype.json });
    command.value = createScanBody(this.#range, keysOnly, collection?.id ?? 0);
    const read = (reply: Reply): Outcome<'created' | ScanBatch> => {
      if (reply.status === 'miss') return { result: { items: [], isLast: true } };
      if (reply.status === 'error') return this.#refused(command, reply);
      if (reply.length !== scanIdLength) throw new ProtocolError(`${node}: the id of a scan has ${reply.length} bytes`);
      this.#open = { id: reply.bytes(), node };
      return { result: 'created' };
    };
    return this.#send(this.#to(node), command, read, (late) => {
      if (late.status === 'ok' && late.length === scanIdLength) this.#close({ id: late.bytes(), node });
    });
  }

  async #continue(deadline: number): Promise<Outcome<ScanBatch>> {
    const { id, node } = this.#open!;
    const { batchBytes, batchItems, keysOnly, timeout } = this.#settings;
    const extras = continueScanExtras(id, batchItems, Math.ceil(timeout * batchShare), batchBytes);
    const command = this.#request(couchbaseOpcode.rangeScanContinue, deadline, { extras });
    const items: ScannedItem[] = [];
    let size = 0;
    const take = (reply: Reply): void => {
      size += reply.length;
      if (size > batchBytes + batchMargin) throw new ProtocolError(`${node}: a batch is larger than its limit`);
      for (const item of readScanned(reply.raw() as Uint8Array, keysOnly)) items.push(this.#checked(item, node));
      if (items.length > batchItems) throw new ProtocolError(`${node}: a batch has more items than its limit`);
    };
    const outcome = await this.#send<ScanBatch>(this.#to(node), command, (reply) => {
      if (reply.status === 'ok' && reply.hasValue) take(reply);
      if (reply.part === 'item') return undefined;
      if (reply.status === 'ok') return { result: { items, isLast: reply.code !== status.rangeScanMore } };
      this.#open = undefined;
      const isGone = reply.status === 'miss' || gone.includes(reply.code);
      if (isGone) return { retry: replyError(reply), isAtOnce: true };
      return this.#refused(command, reply);
    });
    if ('result' in outcome) {
      if (outcome.result.isLast) this.#open = undefined;
      if (items.length > 0 || outcome.result.isLast) return outcome;
      return { retry: new TimeoutError(`${node}: a batch without items`, 'total'), isAtOnce: false };
    }
    // What came before the refusal is right; the next batch begins behind it.
    this.#open = undefined;
    return items.length > 0 ? { result: { items, isLast: false } } : outcome;
  }

  /** The item, with its value as it was stored. Throws where it is not the next one of the range. */
  #checked(item: ScannedItem, node: string): ScannedItem {
    const { start, isAfterStart, end, isBeforeEnd } = this.#range;
    const { key } = item;
    const isInRange = (key > start || (key === start && !isAfterStart)) && (key < end || (key === end && !isBeforeEnd));
    if (!isInRange) throw new ProtocolError(`${node}: a key of a scan is out of range, or out of order`);
    this.#range = { start: key, isAfterStart: true, end, isBeforeEnd };
    if ((item.datatype & datatype.snappy) === 0) return item;
    return { ...item, value: uncompress(item.value, maxValueSize) };
  }

  /** Waits for the id of the collection, which is not known. */
  #findCollection(deadline: number): Promise<Outcome<'found'>> {
    const command = this.#request(couchbaseOpcode.rangeScanCreate, deadline, {});
    command.keys = [];
    const dispatch: Dispatch = (...request) => {
      this.#place.findCollection(...request);
      return true;
    };
    return this.#send(dispatch, command, (reply) =>
      reply.status === 'error' ? this.#refused(command, reply) : { result: 'found' },
    );
  }

  #request(opcode: number, deadline: number, fields: Partial<PacketFields>): Command {
    const command = new Command('packet');
    command.packet = bucketRequest(opcode, fields);
    command.vbucket = this.vbucket;
    command.collection = this.#settings.collection;
    command.deadline = deadline;
    return command;
  }

  #to(node: string): Dispatch {
    return (command, handler) => this.#place.dispatchTo(node, command, handler);
  }

  /**
   * `read` returns undefined while more packets follow; what it throws rejects. `onLate` receives what arrives after
   * the scan was cancelled.
   */
  #send<T>(
    dispatch: Dispatch,
    command: Command,
    read: (reply: Reply) => Outcome<T> | undefined,
    onLate?: (reply: Reply) => void,
  ): Promise<Outcome<T>> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const end = (settle: () => void): void => {
        if (isOver) return;
        isOver = true;
        this.#command = undefined;
        this.#abort = undefined;
        settle();
      };
      this.#command = command;
      this.#abort = (error) => end(() => reject(error));
      const fail = (error: MemcacheError): void =>
        end(() => (this.#mayRetry(error) ? resolve({ retry: error, isAtOnce: false }) : reject(error)));
      const isKnown = dispatch(command, {
        onReply: (reply) => {
          if (isOver) {
            onLate?.(reply);
            return;
          }
          try {
            const outcome = read(reply);
            if (outcome !== undefined) end(() => resolve(outcome));
          } catch (error) {
            command.cancelled = true;
            end(() => reject(asMemcacheError(error, reply.node)));
          }
        },
        onError: fail,
      });
      if (!isKnown) end(() => resolve(this.#noNode()));
    });
  }

  /** Whether the request may succeed at another time, or on another node. */
  #mayRetry(error: MemcacheError): boolean {
    this.#place.refresh();
    return isNodeFailure(error) && !(error instanceof TimeoutError && error.phase === 'total');
  }

  #noNode<T>(): Outcome<T> {
    this.#place.refresh();
    return { retry: new NoNodesError(`no node has vBucket ${this.vbucket}`), isAtOnce: false };
  }

  #refused<T>(command: Command, reply: Reply): Outcome<T> {
    const error = replyError(reply, 'scan');
    if (unknown.includes(reply.code))
      throw new UnsupportedError(`${reply.node} has no range scans: Couchbase has them from 7.6 on`);
    if (reply.code === status.notMyVbucket)
      return { retry: error, isAtOnce: this.#place.refused(command, reply) === 'again' };
    if (unknownNames.includes(reply.code) && command.collection !== undefined)
      return { retry: this.#place.unknownCollection(command, reply), isAtOnce: false };
    if (this.#place.isTemporary(reply.code)) return { retry: error, isAtOnce: false };
    throw error;
  }

  /** Waits before the next request. Throws `why` where the deadline comes first. */
  #pause(why: MemcacheError, isAtOnce: boolean, deadline: number): Promise<void> {
    const { clock, isOpen, random } = this.#place;
    if (!isOpen) throw new ClosedError('the client is closed');
    const wait =
      isAtOnce && this.#waits < repeatedAtOnce
        ? 0
        : withJitter(Math.min(longestWait, firstWait * 2 ** this.#waits), jitter, random);
    this.#waits++;
    if (clock.now() + wait >= deadline) throw why;
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(wait, () => {
        this.#abort = undefined;
        resolve();
      });
      this.#abort = (error) => {
        this.#abort = undefined;
        timer.clear();
        reject(error);
      };
    });
  }
}

function asMemcacheError(error: unknown, node: string): MemcacheError {
  if (error instanceof MemcacheError) return error;
  return new ProtocolError(`${node}: ${(error as Error).message}`);
}
