/**
 * Stands between the sessions of one listener and its route: it replies to some commands itself, and forwards the
 * others.
 *
 *   session ─▶ RequestHandler ─┬▶ noop, version, verbosity             executed here: they are about the proxy
 *                              ├▶ stats, requests of administrators    see administration.ts
 *                              ├▶ binary opcodes without a meaning     refused: their meaning depends on the node
 *                              ├▶ `getl`, `unl`                        to the route, which must be a bucket
 *                              ├▶ flush_all                            refused, or to every node of the route
 *                              ├▶ get of many keys ─▶ MultiGet ─▶ one get a key ─▶ route     connections join them
 *                              │                                                             with other sessions'
 *                              └▶ all else, without its quiet flag ──────────────▶ route
 *
 * A get of many keys is split and joined again, because each key takes its own path: to another node, to a front cache,
 * behind a write of the same key, into a get of the same key that is in flight. Only the connection knows the gets to
 * one node in one turn, those of other sessions included, and joins them into one request.
 *
 * A quiet command (noreply, q, quiet opcodes) is sent to a node without its quiet flag: only then can its reply be
 * paired and its order kept. The session swallows the reply.
 */
import { copyCommand, type Command, type Verb } from '../../core/command.ts';
import { type Handler, wrapHandler } from '../../core/dispatcher.ts';
import { UnsupportedError } from '../../core/errors.ts';
import { Reply } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import type { Route } from '../routes/route.ts';
import type { Administration } from '../stats-command/administration.ts';
import { Broadcast } from './broadcast.ts';
import { type MultiCounters, MultiGet } from './multi-get.ts';

/** The reply of a memcached that was started with `-F`. */
const flushRefused = { message: 'flush_all not allowed', code: status.authError } as const;

/** The options of a request handler. */
export interface RequestHandlerOptions {
  readonly route: Route;
  readonly version: string;
  readonly allowFlush: boolean;
  readonly administration: Pick<Administration, 'stats' | 'request'>;
  readonly counters: MultiCounters;
}

type Execute = (options: RequestHandlerOptions, command: Command, handler: Handler) => void;

/** For the handler's own replies; refilled for each, as by every producer of replies. */
const reply = new Reply();

const done: Execute = (_options, _command, handler) => handler.onReply(reply.reset('ok'));

const replyVersion: Execute = ({ version }, _command, handler) => {
  reply.reset('ok').message = version;
  reply.setText(version);
  handler.onReply(reply);
};

const executeFlush: Execute = ({ allowFlush, route }, command, handler) => {
  if (allowFlush) route.dispatch(withReply(command), new Broadcast(handler));
  else handler.onReply(reply.setError('client', flushRefused.message, flushRefused.code));
};

const unknownCommand = (): Reply => reply.setError('unknownCommand', 'Unknown command', status.unknownCommand);

const refuse: Execute = (_options, _command, handler) => handler.onReply(unknownCommand());

/** Only a bucket has locks: for other fleets the command is unknown. */
const executeLock: Execute = ({ route }, command, handler) => {
  if (command.dialect !== 'text') return handler.onReply(unknownCommand());
  const own = wrapHandler(handler, {
    onReply: (locked) => handler.onReply(locked),
    onError: (error) => {
      if (error instanceof UnsupportedError) handler.onReply(unknownCommand());
      else handler.onError(error);
    },
  });
  route.dispatch(command, own);
};

/** The commands that do not go to the route unchanged. */
const executed: Partial<Readonly<Record<Verb, Execute>>> = {
  noop: done,
  verbosity: done,
  quit: done,
  version: replyVersion,
  stats: ({ administration }, command, handler) => administration.stats(command, handler),
  flush: executeFlush,
  packet: executeLock,
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

/** Handles the requests of one listener: executes some itself, and forwards the others to its route. */
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
    // Nearly all commands are these two, and a table lookup costs more.
    const isCommon = command.verb === 'get' || command.verb === 'store';
    const execute = isCommon ? undefined : executed[command.verb];
    if (execute !== undefined) execute(this.#options, command, handler);
    else this.#route.dispatch(command.quiet ? withReply(command) : command, handler);
  }
}
