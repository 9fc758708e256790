/** What the supervisor and its workers tell each other. All of it is plain data. */
import type { ProxyOptions, ProxyStats } from 'memfleet/proxy';
import type { LogSettings } from '../log-settings.ts';
import type { Report } from './host.ts';

/** Supervisor → worker. An `id` comes back with the answer. */
export type SupervisorMessage =
  | { readonly type: 'start'; readonly options: ProxyOptions; readonly log: LogSettings }
  | { readonly type: 'reload'; readonly id: number; readonly options: ProxyOptions; readonly log: LogSettings }
  | { readonly type: 'report'; readonly id: number }
  /** What the other workers said last, for `stats`. */
  | { readonly type: 'others'; readonly stats: readonly ProxyStats[] }
  /** A client of another worker said `stats reset`. */
  | { readonly type: 'reset' }
  | { readonly type: 'drain' }
  | { readonly type: 'kill' };

/** Worker → supervisor. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'listening' }
  /** A client said `stats reset`. */
  | { readonly type: 'reset' }
  | { readonly type: 'failed'; readonly failure: Failure }
  /** A line of its log, in JSON. */
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'reloaded'; readonly id: number; readonly failure?: Failure }
  | { readonly type: 'report'; readonly id: number | undefined; readonly report: Report };

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
