/**
 * Between the sessions of one listener and its route: what is answered here, what goes on, and in which shape.
 *
 *   session ─▶ RequestHandler ─┬▶ noop, version, verbosity             answered here: they are about the proxy
 *                              ├▶ stats, requests of administrators    see administration.ts
 *                              ├▶ binary opcodes without a meaning     refused: they mean something else to every node
 *                              ├▶ flush_all                            refused, or to every node of the route
 *                              ├▶ get of many keys ─▶ MultiGet ─▶ one get a key ─▶ route     connections join them
 *                              │                                                             with other sessions'
 *                              └▶ all else, made loud if it is quiet ────────────▶ route
 *
 * A get of many keys is taken apart and joined again, because each key goes its own way: to another node, to a front
 * cache, behind a write of the same key, into a get of the same key that is in flight. Only the connection knows which
 * gets go to one node in one turn, those of other sessions included, and joins them into one request.
 *
 * A quiet command (noreply, q, quiet opcodes) asks a node like any other: only so is its answer paired, and its order
 * kept. The session swallows the answer.
 */
import { copyCommand, type Command, type Verb } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { Reply } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import type { Route } from '../routes/route.ts';
import type { Administration } from '../stats-command/administration.ts';
import { Broadcast } from './broadcast.ts';
import { type MultiCounters, MultiGet } from './multi-get.ts';

/** What memcached started with `-F` answers. */
const flushRefused = { message: 'flush_all not allowed', code: status.authError } as const;

/** One line of statistics. */
export type StatLine = readonly [name: string, value: string | number];

/** What a front needs to know. */
export interface RequestHandlerOptions {
  readonly route: Route;
  readonly version: string;
  readonly allowFlush: boolean;
  readonly administration: Pick<Administration, 'stats' | 'request'>;
  readonly counters: MultiCounters;
}

type Answer = (options: RequestHandlerOptions, command: Command, handler: Handler) => void;

/** For answers of our own. Filled anew for each, as of every producer of replies. */
const reply = new Reply();

const done: Answer = (_options, _command, handler) => handler.onReply(reply.reset('ok'));

const answerVersion: Answer = ({ version }, _command, handler) => {
  reply.reset('ok').message = version;
  reply.setText(version);
  handler.onReply(reply);
};

const answerFlush: Answer = ({ allowFlush, route }, command, handler) => {
  if (allowFlush) route.dispatch(withReply(command), new Broadcast(handler));
  else handler.onReply(reply.setError('client', flushRefused.message, flushRefused.code));
};

const refuse: Answer = (_options, _command, handler) =>
  handler.onReply(reply.setError('unknownCommand', 'Unknown command', status.unknownCommand));

/** What does not go to the route as it is. */
const answers: Partial<Readonly<Record<Verb, Answer>>> = {
  noop: done,
  verbosity: done,
  quit: done,
  version: answerVersion,
  stats: ({ administration }, command, handler) => administration.stats(command, handler),
  flush: answerFlush,
  packet: refuse,
  admin: ({ administration }, command, handler) => administration.request(command, handler),
  auth: refuse,
  invalid: refuse,
};

function withReply(command: Command): Command {
  if (!command.quiet) return command;
  const copy = copyCommand(command);
  copy.quiet = false;
  return copy;
}

/** Handles the requests of one listener, and forwards to its route what is not answered here. */
export class RequestHandler implements Route {
  readonly #options: RequestHandlerOptions;
  readonly #route: Route;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
    this.#route = options.route;
  }

  dispatch(command: Command, handler: Handler): void {
    if (command.keys !== undefined) {
      new MultiGet(this.#route, command, command.keys, handler, this.#options.counters).start();
      return;
    }
    // Nearly all are these two, and a look-up in the table costs more.
    const isCommon = command.verb === 'get' || command.verb === 'store';
    const answer = isCommon ? undefined : answers[command.verb];
    if (answer !== undefined) answer(this.#options, command, handler);
    else this.#route.dispatch(command.quiet ? withReply(command) : command, handler);
  }
}
