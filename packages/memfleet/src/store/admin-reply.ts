/** Replies to admin requests, and how they are sent. */
import type { Handler } from '../core/dispatcher.ts';
import type { ServerErrorKind } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { status } from '../core/status.ts';

/** One line of statistics. */
export type Stat = readonly [name: string, value: string | number | bigint];

/** One of: statistics; lines as they are, each with its line end; one line; an error. */
export type AdminReply =
  | { readonly stats: Iterable<Stat> }
  | { readonly lines: Iterable<string> }
  | { readonly line: string }
  | { readonly error: ServerErrorKind; readonly message: string; readonly status: number };

/** Lines in large number, made as the client reads (flow.ts). */
export interface Flow {
  readonly flow: Iterable<string>;
}

/** `CLIENT_ERROR message`. */
export function clientError(message: string): AdminReply {
  return { error: 'client', message, status: status.invalidArguments };
}

/**
 * Binary status "Not found", memcached's reply for an unknown group of statistics; in text it is `ERROR`.
 */
export const notFound: AdminReply = { error: 'unknownCommand', message: 'Not found', status: status.keyNotFound };

/** `ERROR`: no such request, or an invalid word. */
export const unknown: AdminReply = {
  error: 'unknownCommand',
  message: 'unknown command',
  status: status.unknownCommand,
};

/** Sends the reply: statistics and lines are items, followed by an end. An item without a name is a complete line. */
export function sendAdminReply(reply: Reply, handler: Handler, content: AdminReply): void {
  if ('error' in content) handler.onReply(reply.setError(content.error, content.message, content.status));
  else if ('line' in content) {
    reply.reset('ok').message = content.line;
    handler.onReply(reply);
  } else {
    if ('stats' in content) {
      for (const [name, value] of content.stats) {
        reply.reset('ok', 'item').key = name;
        reply.setText(String(value));
        handler.onReply(reply);
      }
    } else {
      for (const line of content.lines) {
        reply.reset('ok', 'item').setText(line);
        handler.onReply(reply);
      }
    }
    handler.onReply(reply.reset('ok', 'end'));
  }
}
