import type { Clock, Timer } from '../../../src/base/clock.ts';
import type { Command } from '../../../src/core/command.ts';
import type { Handler } from '../../../src/core/dispatcher.ts';
import { ConnectError, ConnectionClosedError } from '../../../src/core/errors.ts';
import { copyReply } from '../../../src/core/reply.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import type { MemoryNode } from './memory-node.ts';
import type { Random } from './random.ts';

/** How long a command, and a reply, takes at most: ms. */
export interface Network {
  readonly delay: number;
}

interface InFlight {
  readonly handler: Handler;
  isOver: boolean;
}

/**
 * A process of a test: a clock that stops with it, and one connection to each node. What has been sent arrives even if
 * the process is killed then; what comes back while it is stopped is delivered when it goes on.
 *
 *   call ─▶ batch of the turn ─▶ one write ─ delay ─▶ node, in order ─ delay ─▶ reply, in order
 */
export class VirtualProcess {
  readonly name: string;
  readonly #world: FakeClock;
  readonly #random: Random;
  readonly #network: Network;
  readonly #links = new Map<MemoryNode, Link>();
  #waiting: (() => void)[] = [];
  isAlive = true;
  #isStopped = false;

  constructor(name: string, world: FakeClock, random: Random, network: Network) {
    this.name = name;
    this.#world = world;
    this.#random = random;
    this.#network = network;
  }

  /** The clock of the process. */
  readonly clock: Clock = {
    now: () => this.#world.now(),
    unixSeconds: () => this.#world.unixSeconds(),
    setTimer: (ms: number, callback: () => void): Timer => {
      let isCleared = false;
      const timer = this.#world.setTimer(ms, () => this.run(() => void (isCleared || callback())));
      return {
        clear: () => {
          isCleared = true;
          timer.clear();
        },
      };
    },
    afterTurn: (callback: () => void) => this.#world.afterTurn(() => this.run(callback)),
  };

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Runs a piece of the process's work: now, when it goes on, or never. */
  run(work: () => void): void {
    if (!this.isAlive) return;
    if (this.#isStopped) this.#waiting.push(work);
    else work();
  }

  kill(): void {
    this.isAlive = false;
    this.#waiting = [];
  }

  stop(): void {
    this.#isStopped = true;
  }

  goOn(): void {
    this.#isStopped = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const work of waiting) this.run(work);
  }

  /** Sends a command to a node. */
  send(node: MemoryNode, command: Command, handler: Handler): void {
    this.#link(node).send(command, handler);
  }

  /** The connection to the node ends: replies in flight are lost, whether or not the commands were executed. */
  disconnect(node: MemoryNode): void {
    this.#link(node).break();
  }

  epochOf(node: MemoryNode): number {
    return this.#link(node).epoch;
  }

  #link(node: MemoryNode): Link {
    let link = this.#links.get(node);
    if (link === undefined) {
      const delay = (): number => this.#random.next() * this.#network.delay;
      link = new Link(node, this.#world, delay, (work) => this.run(work));
      this.#links.set(node, link);
    }
    return link;
  }
}

/** An epoch is never that of another connection. */
let epochs = 0;

/** One connection. */
class Link {
  readonly #node: MemoryNode;
  readonly #world: FakeClock;
  readonly #delay: () => number;
  readonly #run: (work: () => void) => void;
  #batch: [Command, InFlight][] = [];
  #inFlight = new Set<InFlight>();
  #arrivesAt = 0;
  #repliesAt = 0;
  epoch = ++epochs;

  constructor(node: MemoryNode, world: FakeClock, delay: () => number, run: (work: () => void) => void) {
    this.#node = node;
    this.#world = world;
    this.#delay = delay;
    this.#run = run;
  }

  send(command: Command, handler: Handler): void {
    const entry: InFlight = { handler, isOver: false };
    this.#inFlight.add(entry);
    if (this.#batch.push([command, entry]) === 1) queueMicrotask(() => this.#flush());
  }

  break(): void {
    this.epoch = ++epochs;
    const lost = this.#inFlight;
    this.#inFlight = new Set();
    for (const entry of lost) {
      entry.isOver = true;
      const error = new ConnectionClosedError('the connection was lost', { node: this.#node.name, sent: true });
      this.#run(() => entry.handler.onError(error));
    }
  }

  #flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    for (const [command, entry] of batch) {
      this.#arrivesAt = Math.max(this.#arrivesAt, this.#world.now() + this.#delay());
      this.#world.setTimer(this.#arrivesAt - this.#world.now(), () => this.#arrive(command, entry));
    }
  }

  #arrive(command: Command, entry: InFlight): void {
    if (!this.#node.isUp) {
      const error = new ConnectError(`${this.#node.name} is down`, { node: this.#node.name });
      this.#back(entry, () => entry.handler.onError(error));
      return;
    }
    this.#node.execute(command, {
      onReply: (reply) => {
        const kept = copyReply(reply);
        kept.node = this.#node.name;
        this.#back(entry, () => entry.handler.onReply(kept));
      },
      onError: (error) => this.#back(entry, () => entry.handler.onError(error)),
    });
  }

  #back(entry: InFlight, deliver: () => void): void {
    this.#repliesAt = Math.max(this.#repliesAt, this.#world.now() + this.#delay());
    this.#world.setTimer(this.#repliesAt - this.#world.now(), () =>
      this.#run(() => {
        if (entry.isOver) return;
        entry.isOver = true;
        this.#inFlight.delete(entry);
        deliver();
      }),
    );
  }
}
