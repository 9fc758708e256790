/**
 * Everything that a run depends on, drawn before it begins, as data: it can be written to a file, made smaller and run
 * again.
 */
import type { Verb } from './history.ts';

/** What only raw sessions send: a get of several keys, a request without an item, and two that are refused. */
export type RawVerb = 'multi' | 'noop' | 'unknown' | 'long';

/** A call of the load. */
export interface PlannedCall {
  /** Virtual ms from the begin of the load. */
  readonly at: number;
  /** The client that makes it. */
  readonly caller: string;
  readonly verb:
    | Exclude<Verb, 'wipe' | 'fill' | 'rollback'>
    | 'create'
    | 'load'
    | 'clear'
    | 'replica'
    | 'any'
    | 'expire'
    | 'invalidate'
    | 'spoil'
    | RawVerb;
  readonly key: string;
  /** The number of what it writes: its place in the drawn plan. */
  readonly number: number;
  /** The length of the value, in bytes. */
  readonly length?: number;
  /** Seconds. */
  readonly ttl?: number;
  /** A majority of the copies must have it before it is acknowledged. */
  readonly durable?: boolean;
  /** Raw sessions: all keys of a get of several. */
  readonly keys?: readonly string[];
  /** Raw sessions: success, or a miss, has no reply. */
  readonly isQuiet?: boolean;
  /** Raw sessions: the second half of the request follows so many ms later. */
  readonly split?: number;
}

/** A fault, and how long it lasts. */
export interface PlannedFault {
  /** Virtual ms from the begin of the load. */
  readonly at: number;
  readonly kind: string;
  /** The place that it strikes. */
  readonly target: string;
  /** The other end, where it strikes a link. */
  readonly other?: string;
  /** How long, in ms. */
  readonly ms?: number;
  readonly amount?: number;
}

/** Options of a run: plain data. */
export type Options = Readonly<Record<string, string | number | boolean>>;

/** A run. */
export interface Plan {
  readonly scenario: string;
  readonly seed: number;
  /** How long the load lasts, in virtual ms. */
  readonly duration: number;
  readonly options: Options;
  readonly calls: readonly PlannedCall[];
  readonly faults: readonly PlannedFault[];
}

/** The keys of a plan. */
export function keysOf({ calls }: Plan): readonly string[] {
  return [...new Set(calls.map(({ key }) => key))];
}

/** Whether a key has a counter instead of an item. */
export function isCounterKey(key: string): boolean {
  return key.startsWith('n');
}

/** The faults by their time. */
export function byTime(faults: readonly PlannedFault[]): PlannedFault[] {
  return faults.toSorted((one, other) => one.at - other.at);
}

/** A number of the options. */
export function numberIn(options: Options, name: string): number {
  const value = options[name];
  if (typeof value !== 'number') throw new Error(`the plan has no number ${name}`);
  return value;
}

/** A text of the options. */
export function textIn(options: Options, name: string): string {
  const value = options[name];
  if (typeof value !== 'string') throw new Error(`the plan has no text ${name}`);
  return value;
}

/** Whether an option is true. */
export function isOn(options: Options, name: string): boolean {
  return options[name] === true;
}
