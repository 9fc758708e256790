/**
 * The shop through `memfleet proxy`, a process: text clients in front of it, as an application in another language has.
 *
 *   shop ─ text protocol, a few sockets ─▶ proxy ─ pools ─▶ nodes
 *   eject, readmit ◀─ its log        stats ◀─ its /topology
 */
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Client, ConnectionClosedError, createClient, transcoders } from 'memfleet';
import { proxyFleetDefaults } from 'memfleet/proxy';
import { ChildProgram } from '../child-program.ts';
import type { Run } from '../run.ts';
import type { Scene, Subject, SubjectEvents, SubjectNode } from '../scene.ts';
import { ejectGrowth } from '../schedule.ts';
import { pooled } from './pooled.ts';

/** A line of its log. */
type LogLine = Readonly<Record<string, unknown>>;

/** Sockets of the shop to the proxy. */
const sockets = 4;

/** How often the proxy is asked for its nodes, in ms. */
const period = 250;

/** `--proxy`. */
export const proxied: Scene = {
  ...pooled,
  flag: {
    name: 'proxy',
    about: 'through the proxy: plain text clients in front of it, the same checks',
    conflicts: [],
  },
  through: 'proxy',
  title: 'few sockets to the proxy',
  again: 'the same again, from an empty cache, with a socket to the proxy per call',
  // The proxy has its own deadline; its reply needs a moment more.
  timeout: 2 * pooled.timeout,
  bound: proxyFleetDefaults.pool.max,
  introduction: {
    clients: () => `  clients  plain text, ${sockets} sockets to the proxy for all callers; then a socket per call`,
  },
  openSubject: (run) => Proxied.start(run),
};

/** The shop through `memfleet proxy`. */
class Proxied implements Subject {
  readonly cache: Client<Uint8Array>;
  readonly #program: ChildProgram;
  readonly #log: ProxyLog;
  readonly #timer: NodeJS.Timeout;
  #nodes: readonly SubjectNode[] = [];

  private constructor(program: ChildProgram, log: ProxyLog, timeout: number) {
    this.#program = program;
    this.#log = log;
    this.cache = createClient<Uint8Array>({
      nodes: log.address,
      protocol: 'text',
      pool: { min: sockets, max: sockets },
      timeout,
      retry: false,
      ejectShare: 0,
      transcoder: transcoders.bytes,
    });
    this.#timer = setInterval(() => void this.#look(), period);
  }

  /** Starts the proxy. Rejects when it does not come up. */
  static async start({ fleet, schedule, timeout }: Run): Promise<Proxied> {
    const main = { nodes: fleet.names, ejectTime: schedule.ejectTime, timeout: pooled.timeout, ejectGrowth };
    const settings = {
      listeners: [{ listen: '127.0.0.1:0', route: 'main' }],
      clusters: { main },
      admin: '127.0.0.1:0',
      watch: false,
    };
    const directory = mkdtempSync(join(tmpdir(), 'memfleet-demo-'));
    try {
      // JSON is YAML, too.
      const config = join(directory, 'proxy.json');
      writeFileSync(config, JSON.stringify(settings));
      const program = ChildProgram.memfleet('proxy', '--config', config, '--log-format', 'json');
      const log = new ProxyLog(program);
      await program.up(log.ready).catch((error: unknown) => {
        throw new Error(`the proxy could not be started: ${(error as Error).message}`);
      });
      const subject = new Proxied(program, log, timeout);
      await subject.#look();
      return subject;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  on<Name extends keyof SubjectEvents>(event: Name, listener: (event: SubjectEvents[Name]) => void): void {
    this.#log.events.on(event, listener);
  }

  stats(): { readonly nodes: readonly SubjectNode[] } {
    return { nodes: this.#nodes };
  }

  /** Every key is the proxy's. */
  nodeOf(): string {
    return this.#log.address;
  }

  /** Drains the proxy. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.cache.close();
    await this.#look();
    if (!(await this.#program.stop('SIGTERM'))) return;
    this.#nodes = this.#nodes.map((node) => ({ ...node, open: 0, connecting: 0, inFlight: 0, waiting: 0 }));
  }

  destroy(): void {
    clearInterval(this.#timer);
    this.cache.destroy();
    void this.#program.stop();
  }

  async #look(): Promise<void> {
    try {
      const response = await fetch(`http://${this.#log.admin}/topology`);
      const { clusters } = (await response.json()) as { clusters: Record<string, { nodes: SubjectNode[] }> };
      this.#nodes = Object.values(clusters).flatMap(({ nodes }) => nodes);
    } catch {
      // It is ending.
    }
  }
}

/** The log of the proxy: its addresses, and the events of its nodes. */
class ProxyLog {
  readonly events = new EventEmitter();
  readonly ready: Promise<void>;
  address = '';
  admin = '';

  constructor({ child }: ChildProgram) {
    this.ready = new Promise((resolve) => {
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
        const line = JSON.parse(text) as LogLine;
        if (line['message'] === 'ready') resolve();
        else this.#take(line);
      });
    });
  }

  #take({ message, ...line }: LogLine): void {
    const [node, duration, address] = [String(line['node']), Number(line['duration']), String(line['address'])];
    if (message === 'listening') this.address = address;
    else if (message === 'admin listening') this.admin = address;
    else if (message === 'node readmitted') this.events.emit('readmit', { node, duration });
    else if (message === 'node ejected')
      this.events.emit('eject', { node, duration, error: new ConnectionClosedError(String(line['error']), { node }) });
  }
}
