/**
 * A fault, and what it does to a connection.
 *
 *   Fault ─ begin(random) ─▶ ActiveFault ─ event ─▶ effects ─▶ RelayConnection
 *
 * A fault is a value: it can be combined, and injected many times. What it counts and draws belongs to one injection.
 */
import type { Random } from '../../base/chance.ts';
import type { SeenCommand } from '../relay/command-log.ts';

/** What a fault decides about: a client that connects, or a command that it sent. */
export interface FaultEvent {
  /** The name of the node, `host:port`. */
  readonly node: string;
  /** The number of the connection at this node; the first one has 1. */
  readonly connection: number;
  /** The command; undefined: a client connects. */
  readonly command: SeenCommand | undefined;
}

/** One thing that is done to a connection or a command. `by`: the injection whose end ends it as well. */
export type Effect =
  | { readonly kind: 'refuse' }
  | { readonly kind: 'freeze'; readonly by?: object }
  | { readonly kind: 'acceptLate'; readonly ms: number; readonly by?: object }
  | { readonly kind: 'delay'; readonly ms: number; readonly by?: object }
  | { readonly kind: 'silence'; readonly isExecuted: boolean }
  | { readonly kind: 'reset'; readonly isExecuted: boolean }
  | { readonly kind: 'endSide' }
  | { readonly kind: 'memoryFull' }
  | { readonly kind: 'replace'; readonly bytes: Uint8Array }
  | { readonly kind: 'rewrite'; readonly rewrite: (reply: Buffer, command: SeenCommand) => Buffer }
  | { readonly kind: 'cut'; readonly bytes: number | undefined; readonly ending: 'end' | 'reset' }
  | { readonly kind: 'drip'; readonly ms: number; readonly bytes: number }
  | { readonly kind: 'swap' };

/** A fault that was injected. */
export type ActiveFault = (event: FaultEvent) => readonly Effect[];

/** Something that goes wrong between a client and a node. Made by `delay`, `reset` and the like. */
export interface Fault {
  /** What happens, in words: `delay 50 ms`. */
  readonly name: string;
  /** Whether it is a state of the whole node that begins at once: its port refuses, its process stands still. */
  readonly state?: 'refused' | 'frozen' | undefined;
  /** Begins an injection. `random`: its source of numbers. */
  begin(random: Random): ActiveFault;
}

/** A function that is called for every connection and command, and returns the fault that happens to it, if any. */
export type FaultScript = (event: FaultEvent) => Fault | undefined;

/** Nothing happens. */
export const noEffects: readonly Effect[] = Object.freeze([]);

/** The fault that a script decides on. What its faults count begins anew with each event. */
export function faultOf(given: Fault | FaultScript): Fault {
  if (typeof given !== 'function') return given;
  return {
    name: 'a script',
    begin: (random) => (event) => given(event)?.begin(random)(event) ?? noEffects,
  };
}
