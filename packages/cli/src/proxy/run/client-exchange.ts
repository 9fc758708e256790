/**
 * The clients that workers hand over to each other, in the supervisor, which alone decides who serves one:
 *
 *   offer of A ─▶ client to B ─ answer in time ─▶ settled: B's    decided: B's
 *                   └ refused, too late, B is gone ─▶ settled: A's   decided, if B answers after all: not B's
 *
 * A worker that refused or was late gets no clients until it tells its number again.
 */
import type { Socket } from 'node:net';
import { HeldSocket } from './held-socket.ts';
import type { ClientMessage, SupervisorMessage, WorkerMessage } from './messages.ts';

/** How often workers are told the numbers of the others at most, in ms. */
const tellPeriod = 250;

/** How long a worker may take to answer, in ms: its client waits for so long. */
const patience = 200;

/** A worker that may be gone. */
export interface ExchangeWorker {
  /** Tells it something, with a socket that stays open here. */
  tell(order: SupervisorMessage, socket?: Socket): void;
}

/** A worker that takes clients. Its successor has the same number, and takes none before it says so. */
interface Taker {
  readonly worker: ExchangeWorker;
  readonly open: number;
}

interface Transfer {
  readonly from: ExchangeWorker;
  /** The sender's number of the client. */
  readonly id: number;
  readonly to: number;
  readonly held: HeldSocket;
  readonly timer: NodeJS.Timeout;
}

/** Passes clients from worker to worker. */
export class ClientExchange {
  readonly #workers: ReadonlyMap<number, ExchangeWorker>;
  /** The workers that take clients, by number. */
  readonly #takers = new Map<number, Taker>();
  readonly #transfers = new Map<number, Transfer>();
  #nextId = 1;
  #timer: NodeJS.Timeout | undefined;

  /** `workers`: those that run, by number. */
  constructor(workers: ReadonlyMap<number, ExchangeWorker>) {
    this.#workers = workers;
  }

  /** What a worker says of clients, with the socket that came with it. */
  take(number: number, worker: ExchangeWorker, word: ClientMessage, socket: Socket | undefined): void {
    if (word.type === 'clients') this.#setCount(number, worker, word.open);
    else if (word.type === 'offer') this.#offer(number, worker, word, socket);
    else if (word.type === 'withdraw') this.#withdraw(worker, word.id);
    else this.#answer(number, worker, word);
  }

  /** A worker takes clients, and has so many. */
  #setCount(number: number, worker: ExchangeWorker, open: number): void {
    const before = this.#takers.get(number);
    if (before?.worker === worker && before.open === open) return;
    this.#takers.set(number, { worker, open });
    if (before === undefined) this.#tellAll();
    else this.#tellLater();
  }

  /** A worker offers a client to another. */
  #offer(
    number: number,
    from: ExchangeWorker,
    { id, to, listener, open }: WorkerMessage & { type: 'offer' },
    socket: Socket | undefined,
  ): void {
    this.#setCount(number, from, open);
    const taker = this.#takers.get(to);
    const held = socket === undefined ? undefined : HeldSocket.of(socket);
    if (held === undefined || taker === undefined) {
      socket?.destroy();
      from.tell({ type: 'settled', id, open: undefined });
      return;
    }
    const own = this.#nextId++;
    const timer = setTimeout(() => this.#settle(own, undefined), patience);
    this.#transfers.set(own, { from, id, to, held, timer });
    taker.worker.tell({ type: 'client', id: own, listener, from: number, open }, held.socket);
  }

  #withdraw(from: ExchangeWorker, id: number): void {
    const found = [...this.#transfers].find(([, transfer]) => transfer.from === from && transfer.id === id);
    if (found === undefined) from.tell({ type: 'settled', id, open: undefined });
    else this.#settle(found[0], undefined);
  }

  /** Whether a worker takes a client that it was given. */
  #answer(number: number, worker: ExchangeWorker, { id, open }: WorkerMessage & { type: 'answer' }): void {
    const isYours = open !== undefined && this.#transfers.has(id);
    worker.tell({ type: 'decided', id, isYours });
    this.#settle(id, isYours ? open : undefined);
    if (isYours) this.#setCount(number, worker, open);
  }

  /** A worker ends, or is gone: it takes no clients, and whoever offered it one serves it. */
  remove(worker: number): void {
    this.#forget(worker);
    for (const [id, { to }] of this.#transfers) if (to === worker) this.#settle(id, undefined);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #settle(own: number, open: number | undefined): void {
    const transfer = this.#transfers.get(own);
    if (transfer === undefined) return;
    this.#transfers.delete(own);
    const { from, id, to, held, timer } = transfer;
    clearTimeout(timer);
    held.drop();
    if (open === undefined) this.#forget(to);
    from.tell({ type: 'settled', id, open });
  }

  #forget(worker: number): void {
    if (this.#takers.delete(worker)) this.#tellAll();
  }

  /** Numbers that change within one period are told together. */
  #tellLater(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#tellAll(), tellPeriod);
    this.#timer.unref();
  }

  /** Which workers take clients is told at once. */
  #tellAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const all = [...this.#takers].map(([number, { open }]) => [number, open] as const);
    for (const [number, worker] of this.#workers)
      worker.tell({ type: 'peers', open: all.filter(([other]) => other !== number) });
  }
}
