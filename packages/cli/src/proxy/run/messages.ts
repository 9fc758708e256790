/** What the supervisor and its workers tell each other. All of it is plain data. */
import type { ProxyOptions, ProxyStats } from 'memfleet/proxy';
import type { LogSettings } from '../log-settings.ts';
import type { Report } from './host.ts';

/** Supervisor → worker. An `id` comes back with the answer. */
export type SupervisorMessage =
  /** `balances`: it accepts clients by itself, and hands over some. */
  | {
      readonly type: 'start';
      readonly options: ProxyOptions;
      readonly log: LogSettings;
      readonly balances: boolean;
    }
  | { readonly type: 'reload'; readonly id: number; readonly options: ProxyOptions; readonly log: LogSettings }
  | { readonly type: 'report'; readonly id: number }
  /** What the other workers said last, for `stats`. */
  | { readonly type: 'others'; readonly stats: readonly ProxyStats[] }
  /** A client of another worker said `stats reset`. */
  | { readonly type: 'reset' }
  /** The other workers that take clients, with the clients of each. */
  | { readonly type: 'peers'; readonly open: readonly (readonly [number, number])[] }
  /** A client of worker `from`, which has `open` others, to be held: its socket comes with it. */
  | {
      readonly type: 'client';
      readonly id: number;
      readonly listener: string;
      readonly from: number;
      readonly open: number;
    }
  /** Whether a client that it holds is its own. */
  | { readonly type: 'decided'; readonly id: number; readonly isYours: boolean }
  /**
   * The clients of the worker that has taken the one that it offered, this one included; undefined = it is not taken.
   */
  | { readonly type: 'settled'; readonly id: number; readonly open: number | undefined }
  | { readonly type: 'drain' }
  | { readonly type: 'kill' };

/** Worker → supervisor. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'listening' }
  /** A client said `stats reset`. */
  | { readonly type: 'reset' }
  | { readonly type: 'failed'; readonly failure: Failure }
  /** It takes clients of others, and has so many. */
  | { readonly type: 'clients'; readonly open: number }
  /** A client for worker `to`: its socket comes with it. `open`: the clients that stay with the sender. */
  | {
      readonly type: 'offer';
      readonly id: number;
      readonly to: number;
      readonly listener: string;
      readonly open: number;
    }
  /** A client that it offered is to be its own again, unless another has it. */
  | { readonly type: 'withdraw'; readonly id: number }
  /** The clients that it has with the one that it was given; undefined = it does not take it. */
  | { readonly type: 'answer'; readonly id: number; readonly open: number | undefined }
  /** A line of its log, in JSON. */
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'reloaded'; readonly id: number; readonly failure?: Failure }
  | { readonly type: 'report'; readonly id: number | undefined; readonly report: Report };

/** About clients that workers hand over to each other. */
export type ClientMessage = WorkerMessage & { readonly type: 'clients' | 'offer' | 'withdraw' | 'answer' };

const aboutClients: ReadonlySet<string> = new Set<ClientMessage['type']>(['clients', 'offer', 'withdraw', 'answer']);

export function isAboutClients(word: WorkerMessage): word is ClientMessage {
  return aboutClients.has(word.type);
}

/** An error, as plain data. */
export interface Failure {
  readonly message: string;
  readonly code: string | undefined;
}

/** An error of a worker. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly code: string | undefined;

  constructor({ message, code }: Failure) {
    super(message);
    this.code = code;
  }
}

export function failureOf(error: unknown): Failure {
  const { message = String(error), code } = error as Partial<NodeJS.ErrnoException>;
  return { message, code };
}
