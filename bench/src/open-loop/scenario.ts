/** Gets that are due at a fixed rate, whatever becomes of those before, and what another caller does beside them. */
import type { Ports } from '../client/entrant.ts';

/** What another caller does with the same client, again and again. */
export type Beside = 'nothing' | 'getMany' | 'large';

/** One table. */
export interface Scenario {
  readonly name: string;
  /** Gets a second. */
  readonly rate: number;
  readonly beside: Beside;
}

export const scenarios: readonly Scenario[] = [
  { name: '10k', rate: 10_000, beside: 'nothing' },
  { name: '50k', rate: 50_000, beside: 'nothing' },
  { name: '100k', rate: 100_000, beside: 'nothing' },
  { name: '10k-getmany', rate: 10_000, beside: 'getMany' },
  { name: '10k-large', rate: 10_000, beside: 'large' },
];

/** For the title of a table. */
export const besides: Readonly<Record<Beside, string>> = {
  nothing: 'with nothing beside them',
  getMany: 'beside a caller that gets 10 000 keys at once, with 20 ms in between',
  large: 'beside a caller that gets a text of 1 MB, with 20 ms in between',
};

/** Keys of the getMany, characters of the large value, ms between two calls of the other caller. */
export const manyKeys = 10_000;
export const largeSize = 1_000_000;
export const pauseBeside = 20;

/** What a worker is to do, as JSON. Times in ms. */
export interface Assignment {
  readonly entrant: string;
  readonly scenario: Scenario;
  readonly ports: Ports;
  /** The server, whose thread is watched. */
  readonly serverPid: number;
  readonly warmUp: number;
  readonly measure: number;
}

/** Microseconds from when a get was due. One that was never answered counts as long as it was waited for. */
export interface Tail {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** What came out. */
export interface Outcome {
  /** undefined: the machine was taken away in all windows. */
  readonly tail?: Tail;
  /** Gets that count. */
  readonly counted: number;
  /** Gets that were due in the measured time, and those of them that failed or were never answered. */
  readonly due: number;
  readonly failed: number;
  readonly unanswered: number;
  /** Windows of the measured time, and those in which the machine was taken away. */
  readonly windows: number;
  readonly leftOut: number;
  /** The share of a core that the process used. */
  readonly cpu: number;
  /** Calls of the other caller. */
  readonly besideCalls: number;
}
