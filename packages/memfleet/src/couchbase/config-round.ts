/**
 * Requests the bucket's configuration on the data port (GET_CLUSTER_CONFIG) of one node after the other until one
 * returns a valid one.
 *
 *   node 1 ─ failed, or no reply for a while ─▶ node 2 ─ … ─▶ all failed
 *      └── valid, or nothing newer ─▶ done └── … ─▶ done
 */
import { type Clock, deadlineIn, type Timer } from '../base/clock.ts';
import type { ClusterNode } from '../cluster/node-spec.ts';
import { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import { ConfigError, type MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { status } from '../core/status.ts';
import { couchbaseOpcode } from '../protocol/binary/couchbase-opcodes.ts';
import { statusText } from '../protocol/binary/statuses.ts';
import { encodeRevision, type Revision } from './revision.ts';

/**
 * Sends a command to one node, on an existing connection or a new one. Returns a function that cancels the request.
 */
export type Ask = (node: ClusterNode, command: Command, handler: Handler) => () => void;

/** The options of a round. Times in ms. */
export interface ConfigRoundOptions {
  readonly clock: Clock;
  readonly ask: Ask;
  /** The time limit of one node's reply. */
  readonly timeout: number;
  /** The revision that the node may be told is known: its reply has a document only if that is newer. */
  readonly known: (node: ClusterNode) => Revision | undefined;
  /** Receives a document. Throws an error that names its fault. */
  readonly accept: (text: string, node: ClusterNode) => void;
  /** Called once: with an error when all nodes failed. */
  readonly done: (error?: MemcacheError) => void;
}

/** The time after which the next node receives the request as well, in ms. */
const patience = 300;

/** Requests the configuration of a bucket from one node after the other until one returns a valid one. */
export class ConfigRound {
  readonly #options: ConfigRoundOptions;
  readonly #nodes: readonly ClusterNode[];
  #next = 0;
  #failed = 0;
  #isOver = false;
  #timer: Timer | undefined;
  readonly #cancels: (() => void)[] = [];

  /** Begins at once. `nodes` is not empty. */
  constructor(nodes: readonly ClusterNode[], options: ConfigRoundOptions) {
    this.#nodes = nodes;
    this.#options = options;
    this.#askNext();
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.clear();
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  #askNext(): void {
    this.#timer?.clear();
    const node = this.#nodes[this.#next++];
    if (node === undefined || this.#isOver) return;
    const { ask, clock, timeout } = this.#options;
    if (this.#next < this.#nodes.length) this.#timer = clock.setTimer(patience, () => this.#askNext(), false);
    const command = new Command('packet');
    const known = this.#options.known(node);
    const extras = known === undefined ? undefined : encodeRevision(known);
    command.packet = { opcode: couchbaseOpcode.getClusterConfig, opaque: 0, extras };
    command.deadline = deadlineIn(clock, timeout);
    const cancel = ask(node, command, {
      onReply: (reply) => this.#judge(reply, node, known !== undefined),
      onError: (error) => this.#fail(error),
    });
    this.#cancels.push(cancel);
  }

  #judge(reply: Reply, node: ClusterNode, isKnown: boolean): void {
    if (this.#isOver) return;
    if (reply.code !== status.success) {
      const what = reply.code === status.noBucket ? 'no bucket is selected' : statusText(reply.code);
      this.#fail(new ConfigError(`${node.name} has no configuration (${what})`, { node: node.name }));
      return;
    }
    try {
      if (!isKnown || reply.length > 0) this.#options.accept(reply.utf8(), node);
    } catch (error) {
      const message = `${node.name}: ${error instanceof Error ? error.message : String(error)}`;
      this.#fail(new ConfigError(message, { node: node.name, cause: error }));
      return;
    }
    this.stop();
    this.#options.done();
  }

  #fail(error: MemcacheError): void {
    if (this.#isOver) return;
    if (++this.#failed < this.#nodes.length) {
      this.#askNext();
      return;
    }
    this.stop();
    this.#options.done(error);
  }
}
