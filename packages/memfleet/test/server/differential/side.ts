/** One of the two servers: plays sequences, and gives the replies to each step. */
import { connect, type Socket } from 'node:net';
import { noopAnswer, packet } from '../../support/packets.ts';
import { lastCas } from './operands.ts';
import type { Step } from './sequence.ts';

/** A bound on hanging. */
const patience = 5000;

class Wire {
  readonly socket: Socket;
  received = '';
  isOver = false;
  wake: () => void = () => {};

  constructor(path: string) {
    this.socket = connect({ path, allowHalfOpen: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (chunk: string) => {
      this.received += chunk;
      this.wake();
    });
    const end = (): void => {
      this.isOver = true;
      this.wake();
    };
    this.socket.on('error', end).on('end', end).on('close', end);
  }

  async until(condition: () => boolean): Promise<boolean> {
    const deadline = performance.now() + patience;
    while (!condition() && !this.isOver) {
      if (performance.now() > deadline) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patience);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return true;
  }
}

/** One server on a Unix socket. */
export class Side {
  readonly #path: string;
  readonly #wires = new Map<number, Wire>();
  #marks = 0;
  /** The cas that was shown last. */
  #cas = '1';

  constructor(path: string) {
    this.#path = path;
  }

  /** Plays a sequence on an empty server, and gives what came for each step. */
  async play(steps: readonly Step[]): Promise<string[]> {
    this.#cas = '1';
    const replies: string[] = [];
    await this.#step({ connection: -1, protocol: 'ascii', requests: ['flush_all\r\n'], cuts: [], closes: false });
    for (const step of steps) {
      const reply = await this.#step(step);
      this.#cas = /^VALUE \S+ \d+ \d+ (\d+)\r$/m.exec(reply)?.[1] ?? / c(\d+)/.exec(reply)?.[1] ?? this.#cas;
      replies.push(reply);
    }
    return replies;
  }

  /** Closes all connections. */
  close(): void {
    for (const { socket } of this.#wires.values()) socket.destroy();
    this.#wires.clear();
  }

  async #step({ connection, protocol, requests, cuts, closes }: Step): Promise<string> {
    const wire = this.#wires.get(connection) ?? new Wire(this.#path);
    this.#wires.set(connection, wire);
    const id = (this.#marks = (this.#marks + 1) & 0xffff);
    const [mark, answer] =
      protocol === 'binary'
        ? [packet(0x0a, { opaque: 0x10000 + id }), noopAnswer(0x10000 + id)]
        : [`mg nothing Omark${id}\r\n`, `EN Omark${id}\r\n`];
    const bytes = requests.join('').replaceAll(lastCas, this.#cas) + (closes ? '' : mark);
    const places = cuts.map((part) => Math.floor((part * bytes.length) / 1000));
    for (const [at, from] of [0, ...places].entries()) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      wire.socket.write(bytes.slice(from, places[at] ?? bytes.length), 'latin1');
    }
    if (closes) wire.socket.end();
    const isDone = await wire.until(() => !closes && wire.received.endsWith(answer));
    const reply = wire.received;
    wire.received = '';
    if (!isDone || wire.isOver) {
      wire.socket.destroy();
      this.#wires.delete(connection);
    }
    const said = reply.endsWith(answer) ? reply.slice(0, -answer.length) : reply;
    return `${said}${isDone ? '' : '<no end>'}${!closes && wire.isOver ? '<closed>' : ''}`;
  }
}
