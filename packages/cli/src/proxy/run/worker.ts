/**
 * A worker process: an engine that does what the supervisor says. It leaves signals to the supervisor, as a terminal
 * sends them to all, but for SIGUSR1: then it answers what is in flight and ends, and the supervisor replaces it. It
 * ends with the supervisor: the listening sockets are the supervisor's (node:cluster).
 */
import type { Socket } from 'node:net';
import { onStop } from '../../signals.ts';
import { programDefaults } from '../program-options.ts';
import { ClientDesk } from './client-desk.ts';
import { Engine } from './engine.ts';
import { createLogger, type Logger } from './logger.ts';
import { failureOf, type SupervisorMessage, type WorkerMessage } from './messages.ts';

/** How often a worker reports without being asked, in ms: what of its counts can get lost with it. */
const reportPeriod = 1000;

/** Lines of the log that the supervisor is told between two reports. */
const linesPerReport = 50;

/** A worker process: an engine that follows its supervisor. */
export class Worker {
  #log: Logger = createLogger(programDefaults.log);
  #engine: Engine | undefined;
  /** Undefined where the supervisor accepts. */
  #desk: ClientDesk | undefined;
  #toldLines = 0;
  #isEnding = false;

  /** Runs until the supervisor stops it. */
  run(): void {
    // A terminal sends SIGINT to the supervisor as well; SIGUSR1 was meant for this worker.
    onStop((signal) => {
      if (signal === 'SIGUSR1') void this.#end('drain');
    });
    process.on('SIGHUP', () => {});
    process.on('message', (message: SupervisorMessage, socket?: Socket) => void this.#handle(message, socket));
    setInterval(() => {
      this.#toldLines = 0;
      void this.#report(undefined);
      this.#desk?.remind();
    }, reportPeriod).unref();
    void say({ type: 'ready' });
  }

  async #handle(message: SupervisorMessage, socket: Socket | undefined): Promise<void> {
    switch (message.type) {
      case 'client':
        this.#desk?.receive(message, socket);
        return;
      case 'decided':
        this.#desk?.decide(message);
        return;
      case 'settled':
        this.#desk?.settle(message);
        return;
      case 'peers':
        this.#desk?.setPeers(message);
        return;
      case 'start':
        await this.#start(message);
        return;
      case 'reload':
        await this.#reload(message);
        return;
      case 'report':
        await this.#report(message.id);
        return;
      case 'others':
        this.#engine?.setPeerStats(message.stats);
        return;
      case 'reset':
        this.#engine?.resetStats();
        return;
      default:
        await this.#end(message.type);
    }
  }

  async #start({ options, log, balances }: SupervisorMessage & { type: 'start' }): Promise<void> {
    const worker = Number(process.env['MEMFLEET_WORKER']);
    this.#log = createLogger(log, { pid: process.pid, worker }, process.stdout, (line) => this.#tellLog(line));
    try {
      const desk = balances ? this.#newDesk() : undefined;
      const handOver = desk && ((socket: Socket, listener: string): boolean => desk.handOver(socket, listener));
      this.#engine = new Engine(this.#log, () => void say({ type: 'reset' }), worker, handOver);
      await this.#engine.prepareReports();
      await this.#engine.start(options);
      await say({ type: 'listening' });
      desk?.open();
    } catch (error) {
      await say({ type: 'failed', failure: failureOf(error) });
    }
  }

  #newDesk(): ClientDesk {
    this.#desk = new ClientDesk(
      {
        listensOn: (listener) => this.#engine?.listensOn(listener) ?? false,
        adopt: (socket, listener) => this.#engine?.adopt(socket, listener) ?? false,
      },
      say,
    );
    return this.#desk;
  }

  async #reload({ id, options, log }: SupervisorMessage & { type: 'reload' }): Promise<void> {
    try {
      await this.#engine?.reload(options);
      this.#log.level = log.level;
      await say({ type: 'reloaded', id });
    } catch (error) {
      // One that ends needs no settings, and must not refuse those of the others.
      await say(this.#isEnding ? { type: 'reloaded', id } : { type: 'reloaded', id, failure: failureOf(error) });
    }
  }

  /** A flood of lines must not fill the channel, which the reports need. */
  #tellLog(line: string): void {
    if (this.#toldLines++ < linesPerReport) void say({ type: 'log', line });
  }

  async #report(id: number | undefined): Promise<void> {
    const report = await this.#engine?.report();
    if (report !== undefined) await say({ type: 'report', id, report });
  }

  async #end(how: 'drain' | 'kill'): Promise<void> {
    this.#isEnding = true;
    this.#desk?.close();
    await this.#engine?.[how]();
    // The last counts go first.
    await this.#report(undefined);
    process.exit(0);
  }
}

/** Fulfils when it is on its way; with false when it cannot be sent. The socket stays open. */
function say(word: WorkerMessage, socket?: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined)
      process.send(word, socket, { keepOpen: true }, (error) => resolve(error === null));
    else resolve(false);
  });
}
