/**
 * How a client is overloaded: gets come at a steady rate, whatever becomes of them, and once the event loop is held up.
 * Times in ms.
 */
export interface Scenario {
  readonly name: string;
  /** Gets a second. */
  readonly rate: number;
  readonly stall: number;
}

/** Before the stall, and after it. */
export const before = 1000;
export const after = 5000;

/** Slower answers are late. */
export const late = 250;

export const scenarios: readonly Scenario[] = [
  { name: '20k-1s', rate: 20_000, stall: 1000 },
  { name: '100k-300ms', rate: 100_000, stall: 300 },
];

/** What a worker is to do, as JSON. */
export interface Assignment {
  readonly entrant: string;
  readonly scenario: Scenario;
  readonly ports: { readonly memcached: number; readonly redis: number };
}

/** What came out. Times in ms. */
export interface Outcome {
  readonly served: number;
  readonly failed: number;
  /** After the stall's end: when the last call was made that failed or was late. */
  readonly recovery: number;
  /** The longest wait for an answer. */
  readonly longest: number;
  /** CPU time from the stall's end, in µs a call. */
  readonly cpu: number;
  /** Resident memory at its highest, in bytes. */
  readonly resident: number;
}
