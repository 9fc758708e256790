/**
 * One worker of the supervisor, seen from there.
 *
 *   fork ─▶ ready ─ start ─▶ listening ─▶ runs ─ drain, kill ─▶ gone
 *                     └ failed               └ dies ─▶ gone
 */
import cluster, { type Worker as ClusterWorker } from 'node:cluster';
import type { Socket } from 'node:net';
import type { ProxyStats } from 'memfleet/proxy';
import type { ProxySettings } from '../settings.ts';
import type { Report } from './host.ts';
import {
  type ClientMessage,
  isAboutClients,
  type SupervisorMessage,
  type WorkerMessage,
  WorkerError,
} from './messages.ts';

type Answer = (word: WorkerMessage) => void;

/** How long a worker may take to answer a question, in ms. */
const patience = 2000;

function reloadOrder(id: number, { proxy, log }: ProxySettings): SupervisorMessage {
  return { type: 'reload', id, options: proxy, log };
}

/** What a worker tells without being asked. */
export interface WorkerEvents {
  /** One of its clients said `stats reset`. */
  readonly onReset: () => void;
  /** It has logged a line. */
  readonly onLog: (json: string) => void;
  /** It says something about the clients that workers hand over to each other. */
  readonly onClients: (word: ClientMessage, socket: Socket | undefined) => void;
}

/** One worker, seen from its supervisor. */
export class WorkerProcess {
  readonly #worker: ClusterWorker;
  readonly #answers = new Map<number, Answer>();
  readonly #started: Promise<void>;
  #nextId = 1;
  #report: Report | undefined;
  #missedReports = 0;
  #isListening = false;
  /** It ended as it was told to. */
  #hasEnded = false;
  /** Fulfils when the process is gone, with why. */
  readonly gone: Promise<string>;
  /** The settings that it has. */
  settings: ProxySettings;

  /** `number` counts workers from 1. */
  constructor(number: number, settings: ProxySettings, { onReset, onLog, onClients }: WorkerEvents) {
    const worker = cluster.fork({ MEMFLEET_WORKER: String(number) });
    this.#worker = worker;
    this.settings = settings;
    this.gone = new Promise((resolve) => {
      worker.once('exit', (code, signal) => {
        this.#hasEnded = code === 0;
        resolve(signal ?? `code ${code}`);
      });
    });
    const balances = cluster.schedulingPolicy === cluster.SCHED_NONE;
    this.#started = new Promise((resolve, reject) => {
      worker.on('message', (word: WorkerMessage, socket?: Socket) => {
        this.#missedReports = 0;
        if (word.type === 'ready') this.tell({ type: 'start', options: settings.proxy, log: settings.log, balances });
        else if (word.type === 'listening') {
          this.#isListening = true;
          resolve();
        } else if (word.type === 'reset') onReset();
        else if (word.type === 'log') onLog(word.line);
        else if (isAboutClients(word)) onClients(word, socket);
        else if (word.type === 'failed') reject(new WorkerError(word.failure));
        else this.#take(word);
      });
      void this.gone.then((why) => reject(new WorkerError({ message: `a worker ended with ${why}`, code: undefined })));
    });
    // Whoever waits for it hears of the failure.
    this.#started.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  /** Fulfils when it listens. Rejects with a WorkerError when it cannot, or ended before it did. */
  get started(): Promise<void> {
    return this.#started;
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  /** What it said last. */
  get lastReport(): Report | undefined {
    return this.#report;
  }

  /** Counts the calls of this method since it was last heard of. */
  countMissedReport(): number {
    return ++this.#missedReports;
  }

  /** Rejects with a WorkerError when it refuses, or does not answer; one that was told to end does neither. */
  async reload(settings: ProxySettings): Promise<void> {
    const word = await this.#ask((id) => reloadOrder(id, settings), 10 * patience);
    if (word === undefined && this.#hasEnded) return;
    if (word === undefined) {
      // It may take them later, and must not keep them then: it takes one after the other.
      this.tell(reloadOrder(this.#nextId++, this.settings));
      throw new WorkerError({ message: 'a worker does not answer', code: undefined });
    }
    if (word.type === 'reloaded' && word.failure !== undefined) throw new WorkerError(word.failure);
    this.settings = settings;
  }

  /** A fresh report; the last one when it does not answer; undefined when there is none. */
  async report(): Promise<Report | undefined> {
    await this.#ask((id) => ({ type: 'report', id }), patience);
    return this.#report;
  }

  /** Tells it what the other workers said last. */
  setPeerStats(others: readonly ProxyStats[]): void {
    this.tell({ type: 'others', stats: others });
  }

  /** Its counts begin at 0; what it said before is out of date. */
  resetStats(): void {
    this.#report = undefined;
    this.tell({ type: 'reset' });
  }

  /** What it said last is out of date: it has reset its counts. */
  forget(): void {
    this.#report = undefined;
  }

  /** Tells it to end. */
  end(how: 'drain' | 'kill'): void {
    this.tell({ type: how });
  }

  /** Ends the process, whatever it does. */
  destroy(): void {
    this.#worker.process.kill('SIGKILL');
  }

  /** Tells it something, with a socket that stays open here. */
  tell(order: SupervisorMessage, socket?: Socket): void {
    // It may have died, and nobody knows yet.
    if (this.#worker.isConnected()) this.#worker.send(order, socket, { keepOpen: true }, () => {});
  }

  #ask(make: (id: number) => SupervisorMessage, ms: number): Promise<WorkerMessage | undefined> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const settle = (word: WorkerMessage | undefined): void => {
        clearTimeout(timer);
        this.#answers.delete(id);
        resolve(word);
      };
      const timer = setTimeout(settle, ms, undefined);
      this.#answers.set(id, settle);
      void this.gone.then(() => settle(undefined));
      this.tell(make(id));
    });
  }

  #take(word: WorkerMessage): void {
    if (word.type === 'report') this.#report = word.report;
    if ('id' in word && word.id !== undefined) this.#answers.get(word.id)?.(word);
  }
}
