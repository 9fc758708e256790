/**
 * A connection to one address, without the library: the generator must cost less than what it measures.
 *
 *   send ─▶ text of this turn ── one write ──▶ node
 *   tally, ended ◀─ scanner ◀─ onread, one buffer for all connections ◀──
 *
 * A connection that is lost ends its requests as failed and is made again.
 */
import { createConnection, type NetConnectOpts, type Socket } from 'node:net';
import { ConnectError } from 'memfleet';
import type { KeyTable } from './key-table.ts';
import type { Lane, LaneEvents } from './lane.ts';
import { type ReplyEvents, ReplyScanner } from './reply-scanner.ts';
import type { LoadRequest, RequestBatch } from './request-source.ts';
import type { Tally } from './tally.ts';
import { textOf } from './wire-requests.ts';
import type { LoadVerb } from './workload.ts';

const scratch = Buffer.allocUnsafeSlow(256 * 1024);

/** Pauses before a lost connection is made again, in ms. */
const firstPause = 50;
const longestPause = 1000;

/** Where to connect. */
export type WireAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** What all connections of a run have in common. */
export interface WireSettings {
  readonly address: WireAddress;
  readonly table: KeyTable;
  readonly tally: Tally;
  readonly verify: boolean;
  /** In seconds. */
  readonly ttl: number;
}

interface InFlight {
  readonly requests: readonly LoadRequest[];
  /** Which of them the next reply is for. */
  at: number;
  readonly since: number;
  readonly sentAt: number;
}

/** One connection. */
export class WireLane implements Lane, ReplyEvents {
  readonly #settings: WireSettings;
  readonly #events: LaneEvents;
  #socket: Socket | undefined;
  #scanner: ReplyScanner | undefined;
  #queue: InFlight[] = [];
  #head = 0;
  inFlight = 0;
  #text = '';
  #now = 0;
  #isReading = false;
  #isClosed = false;
  #pause = firstPause;
  isReady = false;
  index = 0;

  constructor(settings: WireSettings, events: LaneEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  get now(): number {
    return this.#isReading ? this.#now : performance.now();
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => this.#connect(resolve, reject));
  }

  send(batch: RequestBatch, since: number): void {
    const { requests } = batch;
    this.#queue.push({ requests, at: 0, since, sentAt: this.now });
    this.inFlight += requests.length;
    if (batch.comesAgain) {
      batch.bytes ??= Buffer.from(this.#textOf(requests), 'latin1');
      this.flush();
      this.#socket?.write(batch.bytes);
      return;
    }
    if (this.#text === '' && !this.#isReading) process.nextTick(flush, this);
    this.#text += this.#textOf(requests);
  }

  #textOf(requests: readonly LoadRequest[]): string {
    const { table, ttl } = this.#settings;
    let text = '';
    for (const request of requests) text += textOf(request, table, ttl);
    return text;
  }

  sweep(before: number): void {
    const oldest = this.#queue[this.#head];
    if (oldest !== undefined && oldest.sentAt < before) this.#lose('no reply came in time');
  }

  close(): void {
    this.#isClosed = true;
    this.isReady = false;
    this.#socket?.destroy();
  }

  /** Writes what was sent in this turn. */
  flush(): void {
    const text = this.#text;
    if (text === '') return;
    this.#text = '';
    this.#socket?.write(text, 'latin1');
  }

  awaited(): LoadRequest | undefined {
    const first = this.#queue[this.#head];
    return first?.requests[first.at];
  }

  done(hits: number, misses: number): void {
    const { verb, since } = this.#shift();
    this.#settings.tally.settle(verb, since, this.#now, hits, misses);
    this.#events.ended(this, false);
  }

  refused(message: string): void {
    const { since } = this.#shift();
    this.#settings.tally.fail(since, message);
    this.#events.ended(this, true);
  }

  wrong(message: string): void {
    this.#settings.tally.refute(message);
  }

  lost(message: string): void {
    this.#lose(message);
  }

  #shift(): { readonly verb: LoadVerb; readonly since: number } {
    const first = this.#queue[this.#head] as InFlight;
    const { verb } = first.requests[first.at] as LoadRequest;
    first.at++;
    this.inFlight--;
    if (first.at === first.requests.length) this.#drop();
    return { verb, since: first.since };
  }

  /** The first of the queue is done. */
  #drop(): void {
    this.#head++;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  #connect(onFirst?: () => void, onFailure?: (error: Error) => void): void {
    const { address, table, verify } = this.#settings;
    const onread = { buffer: scratch, callback: (count: number): boolean => this.#read(count) };
    const socket = createConnection({ ...address, noDelay: true, onread } as NetConnectOpts);
    this.#socket = socket;
    this.#scanner = new ReplyScanner(this, table, verify);
    let failure: Error | undefined;
    socket.once('connect', () => {
      this.isReady = true;
      this.#pause = firstPause;
      onFirst?.();
      this.#events.ready(this);
    });
    socket.on('error', (error) => {
      failure = error;
    });
    socket.once('close', () => {
      if (this.#socket !== socket || this.#isClosed) return;
      if (!this.isReady && onFailure !== undefined) onFailure(connectError(address, failure));
      else this.#lose(failure?.message ?? 'the connection was closed');
    });
  }

  #read(count: number): boolean {
    this.#now = performance.now();
    this.#isReading = true;
    this.#scanner?.read(scratch, count);
    this.#isReading = false;
    this.flush();
    return true;
  }

  /** Ends what is in flight, and connects again later. */
  #lose(message: string): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    this.isReady = false;
    this.#text = '';
    const lost = this.#queue.slice(this.#head);
    this.#queue = [];
    this.#head = 0;
    for (const { requests, at, since } of lost)
      for (let n = at; n < requests.length; n++) this.#settings.tally.fail(since, message);
    const { inFlight } = this;
    this.inFlight = 0;
    if (inFlight > 0) this.#events.ended(this, true);
    if (this.#isClosed) return;
    setTimeout(() => {
      if (!this.#isClosed) this.#connect();
    }, this.#pause).unref();
    this.#pause = Math.min(longestPause, this.#pause * 2);
  }
}

function connectError(address: WireAddress, cause: Error | undefined): ConnectError {
  const where = 'path' in address ? address.path : `${address.host}:${address.port}`;
  return new ConnectError(`cannot connect to ${where}: ${cause?.message ?? 'the connection was closed'}`, { cause });
}

function flush(lane: WireLane): void {
  lane.flush();
}
