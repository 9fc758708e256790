/**
 * One admin request, sent to every node of some clusters, and the replies:
 *
 *   stats ─┬▶ node 1 ─ STAT …, END ──┐
 *          ├▶ node 2 ─ error, or late ┼─▶ when all are in: [ lines, error, refusal ]
 *          └▶ node 3 ─ is ejected ────┘
 *
 * The same request of several clients is one: while it is in flight, new ones are joined into the next one. Floods thus
 * cost the nodes nothing more, and no client receives a state from before its request. A few different requests are in
 * flight at once; the others wait. Replies are long: waiting clients are served for a millisecond, then sockets are
 * read again.
 */
import { type Clock, deadlineIn, systemLoop } from '../../base/clock.ts';
import { Command, type Verb } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { type MemcacheError, NodeEjectedError } from '../../core/errors.ts';
import { type Reply, replyError } from '../../core/reply.ts';
import type { FleetSet, FleetNode } from '../fleet-set.ts';
import type { StatLine } from '../stats.ts';

/** An error reply of a node. */
export type Refusal = Pick<Reply, 'errorKind' | 'message'>;

/**
 * The reply of one node: lines, of which those without a name are dumped items; or a word, such as `OK`; or an error.
 */
export interface NodeReply {
  readonly node: string;
  readonly lines: readonly StatLine[];
  readonly word: string | undefined;
  /** Why the reply is missing or incomplete. */
  readonly error: MemcacheError | undefined;
  /** The node refused the request: its own words. */
  readonly refusal: Refusal | undefined;
}

type Waiter = (replies: readonly NodeReply[]) => void;

interface QueuedRequest {
  readonly clusters: readonly string[];
  readonly verb: Verb;
  readonly words: string;
  readonly waiters: Waiter[];
}

/** A name with these characters would be another line to a client. */
const unsafe = /[^\x21-\x7e\x80-\xff]/;
/** The number of different requests in flight; the replies of all nodes may take megabytes. */
const maxInFlight = 8;
/** The milliseconds for which waiting clients are served before sockets are read again. */
const longestTurn = 1;
/** The maximum number of lines of one node; further lines are dropped. */
const maxLines = 100_000;

/** Sends an admin command to every node of some clusters and collects the replies. */
export class NodeReplies {
  readonly #fleets: Pick<FleetSet, 'nodesOf'>;
  readonly #clock: Clock;
  readonly #now: () => number;
  /** The requests in flight, by clusters and request. */
  readonly #inFlight = new Set<string>();
  /** The clients that wait for the same request to complete, or for room; in order. */
  readonly #queue = new Map<string, QueuedRequest>();

  /** `now`: the current time in milliseconds. */
  constructor(fleets: Pick<FleetSet, 'nodesOf'>, clock: Clock, now: () => number = (clock.loop ?? systemLoop).now) {
    this.#fleets = fleets;
    this.#clock = clock;
    this.#now = now;
  }

  /** Sends the request to all nodes of the clusters. May call back before it returns. */
  ask(clusters: readonly string[], verb: Verb, words: string, done: Waiter): void {
    const request = [...clusters, verb, words].join('\n');
    const queued = this.#queue.get(request);
    if (queued === undefined) this.#queue.set(request, { clusters, verb, words, waiters: [done] });
    else queued.waiters.push(done);
    this.#serve();
  }

  #serve(): void {
    for (const [request, { clusters, verb, words, waiters }] of this.#queue) {
      if (this.#inFlight.size >= maxInFlight) return;
      if (this.#inFlight.has(request)) continue;
      this.#queue.delete(request);
      this.#inFlight.add(request);
      this.#sendToNodes(clusters, verb, words, (replies) => {
        this.#inFlight.delete(request);
        this.#reply(waiters, replies);
        this.#serve();
      });
    }
  }

  #reply(waiters: readonly Waiter[], replies: readonly NodeReply[]): void {
    const until = this.#now() + longestTurn;
    let at = 0;
    while (at < waiters.length) {
      (waiters[at++] as Waiter)(replies);
      if (this.#now() >= until) break;
    }
    const rest = waiters.slice(at);
    if (rest.length > 0) this.#clock.afterTurn(() => this.#reply(rest, replies));
  }

  #sendToNodes(clusters: readonly string[], verb: Verb, words: string, done: Waiter): void {
    const nodes = this.#fleets.nodesOf(clusters);
    const replies: NodeReply[] = [];
    let left = nodes.length;
    if (left === 0) done(replies);
    for (const [index, node] of nodes.entries()) {
      sendToNode(node, requestOf(verb, words, node, this.#clock), (reply) => {
        replies[index] = reply;
        if (--left === 0) done(replies);
      });
    }
  }
}

function requestOf(verb: Verb, words: string, { timeout }: FleetNode, clock: Clock): Command {
  const command = new Command(verb);
  command.value = words;
  command.deadline = deadlineIn(clock, timeout);
  return command;
}

function sendToNode({ node, isOut, cluster }: FleetNode, command: Command, done: (reply: NodeReply) => void): void {
  const lines: StatLine[] = [];
  const end = (word?: string, error?: MemcacheError, refusal?: Refusal): void =>
    done({ node, lines, word, error, refusal });
  const handler: Handler = {
    onReply: (reply) => {
      if (reply.status === 'error')
        end(undefined, replyError(reply), { errorKind: reply.errorKind, message: reply.message });
      else if (reply.part !== 'item') end(wordOf(reply));
      else if (lines.length < maxLines && !unsafe.test(reply.key)) lines.push([reply.key, reply.text()]);
    },
    onError: (error) => end(undefined, error),
  };
  if (isOut) end(undefined, new NodeEjectedError(`${node} is ejected`, { node }));
  else if (!cluster.dispatchTo(node, command, handler)) end();
}

/** The word of a reply without lines. Classic nodes send `RESET` as they send `OK`. */
function wordOf(reply: Reply): string | undefined {
  if (reply.part === 'end') return undefined;
  return reply.message === '' ? 'OK' : reply.message;
}
