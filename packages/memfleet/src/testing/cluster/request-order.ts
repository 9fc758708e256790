/**
 * The order in which a session executes its requests.
 *
 *   ordered ───▶ one after the other: a request that waits holds up all later ones
 *   unordered ─▶ a request that waits holds up none but barriers, which begin when nothing waits; nothing begins before
 *                a barrier has ended. Requests that a real node never reorders are barriers (`mayReorder`)
 *   shuffled ──▶ as unordered; the requests of a chunk between two barriers are executed in a random order
 */
import { Fifo } from '../../base/fifo.ts';
import type { Command } from '../../core/command.ts';
import { frameId, parseFrames } from '../../protocol/binary/frame-info.ts';
import { mayReorder } from '../../protocol/binary/reorderable-opcodes.ts';

/** Decides when the requests of a session are executed. */
export class RequestOrder {
  /** Whether HELLO granted unordered execution. */
  isUnordered = false;
  readonly #execute: (command: Command) => void;
  /** Undefined: requests are never shuffled. */
  readonly #random: (() => number) | undefined;
  /** The requests of the chunk in progress that may be shuffled. */
  #chunk: Command[] = [];
  readonly #queue = new Fifo<Command>();
  /** The number of requests that wait. */
  #waiting = 0;
  /** Whether one of them holds up all later requests. */
  #isBlocked = false;
  #current: Command | undefined;

  constructor(execute: (command: Command) => void, random: (() => number) | undefined) {
    this.#execute = execute;
    this.#random = random;
  }

  add(command: Command): void {
    if (this.isUnordered && this.#random !== undefined) this.#chunk.push(command);
    else this.#enqueue(command);
  }

  /** The chunk has ended. */
  endChunk(): void {
    if (this.#chunk.length === 0) return;
    const chunk = this.#chunk;
    this.#chunk = [];
    for (let start = 0; start < chunk.length;) {
      let end = start;
      while (end < chunk.length && !isBarrier(chunk[end]!)) end++;
      this.#shuffle(chunk, start, end);
      start = end + 1;
    }
    for (const command of chunk) this.#enqueue(command);
  }

  /** Makes the request that is being executed wait: `act` is called when `go`'s argument is. */
  hold(go: (resume: () => void) => void, act: () => void): void {
    const command = this.#current!;
    const blocks = !this.isUnordered || isBarrier(command);
    this.#waiting++;
    if (blocks) this.#isBlocked = true;
    go(() => {
      this.#waiting--;
      if (blocks) this.#isBlocked = false;
      this.#run(command, act);
      this.#proceed();
    });
  }

  #enqueue(command: Command): void {
    if (this.#queue.length === 0 && this.#mayBegin(command)) this.#run(command, () => this.#execute(command));
    else this.#queue.push(command);
  }

  #proceed(): void {
    for (let next = this.#queue.peek(); next !== undefined && this.#mayBegin(next); next = this.#queue.peek()) {
      const command = next;
      this.#queue.shift();
      this.#run(command, () => this.#execute(command));
    }
  }

  #mayBegin(command: Command): boolean {
    return !this.#isBlocked && (this.#waiting === 0 || !isBarrier(command));
  }

  #run(command: Command, act: () => void): void {
    this.#current = command;
    act();
    this.#current = undefined;
  }

  /** Fisher-Yates, of the requests from `start` to before `end`. */
  #shuffle(chunk: Command[], start: number, end: number): void {
    for (let at = end - 1; at > start; at--) {
      const other = start + Math.floor(this.#random!() * (at - start + 1));
      [chunk[at], chunk[other]] = [chunk[other]!, chunk[at]!];
    }
  }
}

function isBarrier({ packet, verb }: Command): boolean {
  if (packet === undefined || verb === 'invalid' || !mayReorder(packet.opcode)) return true;
  const frames = packet.framing === undefined ? [] : (parseFrames(packet.framing) ?? []);
  return frames.some(({ id }) => id === frameId.barrier);
}
