/** The waist of the generator: a connection, or a client, on which requests are sent. */
import type { RequestBatch } from './request-source.ts';

/** Sends requests; tells the tally what became of each. */
export interface Lane {
  /** Requests without a reply. */
  readonly inFlight: number;
  /** Its place among the lanes of its run. */
  index: number;
  /** `performance.now()`; while replies are read, of the time when they came. */
  readonly now: number;
  /** Whether a request can be sent. */
  readonly isReady: boolean;
  /** Fulfils when it is ready for the first time; rejects when that fails. */
  open(): Promise<void>;
  /** `since`: when the requests were due, in ms of `performance.now`. */
  send(batch: RequestBatch, since: number): void;
  /** Ends requests that are in flight since before `before` as failed. */
  sweep(before: number): void;
  close(): void;
}

/** What a lane reports to its run. */
export interface LaneEvents {
  /** A request has ended. `hasFailed`: the next one comes a little later. */
  ended(lane: Lane, hasFailed: boolean): void;
  /** It can be used again. */
  ready(lane: Lane): void;
}
