/** What the coordinator and a measured process say to each other (over the IPC channel of Node). */
import type { Ports } from './entrant.ts';
import type { Measurement, Times } from './measure.ts';

/** To the measured process. */
export type Order =
  | { readonly kind: 'measure'; readonly workload: string; readonly times: Times }
  | { readonly kind: 'probe'; readonly ms: number };

/** From the measured process: one answer to every order, and `ready` first. */
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'probed'; readonly lost: number }
  | { readonly kind: 'failed'; readonly message: string };

/** The argument of a measured process, as JSON. */
export interface Assignment {
  readonly entrant: string;
  readonly ports: Ports;
}
