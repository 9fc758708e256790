/** Answers of the endpoints for operators. */
import type { ServerResponse } from 'node:http';

/** An answer as a whole. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that goes on: writes its own head and body. */
export interface Stream {
  open(response: ServerResponse): void;
}

/** What is at a path. */
export type Endpoint = () => Answer | Stream | Promise<Answer>;

/** What is at each path, in the order in which they are listed. */
export type Endpoints = ReadonlyMap<string, Endpoint>;

export function textAnswer(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n`, headers };
}

export function jsonAnswer(value: unknown): Answer {
  return { status: 200, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value, undefined, 2)}\n` };
}
