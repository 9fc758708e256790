/** A connection for each request: connect, send, read the reply, close. What a proxy likes least. */
import type { Lane, LaneEvents } from './lane.ts';
import type { LoadRequest, RequestBatch } from './request-source.ts';
import { WireLane, type WireSettings } from './wire-lane.ts';

/** One client that comes and goes. Latencies have the connecting in them. */
export class ChurnLane implements Lane {
  readonly #settings: WireSettings;
  readonly #events: LaneEvents;
  readonly #open = new Set<WireLane>();
  isReady = false;
  index = 0;

  constructor(settings: WireSettings, events: LaneEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  get now(): number {
    return performance.now();
  }

  get inFlight(): number {
    return this.#open.size;
  }

  /** Connects once, to see whether the target is there. */
  async open(): Promise<void> {
    const lane = new WireLane(this.#settings, { ended: () => {}, ready: () => {} });
    try {
      await lane.open();
    } finally {
      lane.close();
    }
    this.isReady = true;
    this.#events.ready(this);
  }

  send({ requests }: RequestBatch, since: number): void {
    for (const request of requests) this.#send(request, since);
  }

  #send(request: LoadRequest, since: number): void {
    const lane = new WireLane(this.#settings, {
      ended: (_, hasFailed) => this.#end(lane, hasFailed),
      ready: () => {},
    });
    this.#open.add(lane);
    lane.open().catch((error: unknown) => {
      this.#settings.tally.fail(since, (error as Error).message);
      this.#end(lane, true);
    });
    // Before it is connected: the request leaves with the first packet that may.
    lane.send({ requests: [request], comesAgain: false }, since);
    lane.flush();
  }

  sweep(before: number): void {
    for (const lane of this.#open) lane.sweep(before);
  }

  close(): void {
    this.isReady = false;
    for (const lane of this.#open) lane.close();
    this.#open.clear();
  }

  #end(lane: WireLane, hasFailed: boolean): void {
    lane.close();
    if (this.#open.delete(lane)) this.#events.ended(this, hasFailed);
  }
}
