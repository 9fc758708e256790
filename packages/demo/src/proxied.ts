/**
 * The shop through `memfleet proxy`, a process: plain text clients in front of it, as an application in another
 * language would have.
 *
 *   shop ─ TextCache ─ a few sockets ─▶ proxy ─ pools ─▶ nodes
 *   eject, readmit ◀─ its log        stats ◀─ its /topology
 */
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ConnectionClosedError, type MemcacheError, ServerError } from 'memfleet';
import { proxyFleetDefaults } from 'memfleet/proxy';
import { ChildProgram } from './child-program.ts';
import { ejectGrowth } from './schedule.ts';
import type { Subject, SubjectEvents, SubjectNode } from './subject.ts';
import { TextCache } from './text-cache.ts';

/** Settings of its cluster; times in ms. */
export interface ProxiedOptions {
  readonly nodes: readonly string[];
  readonly ejectTime: number;
  readonly timeout: number;
}

/** A line of its log. */
type LogLine = Readonly<Record<string, unknown>>;

/** Sockets of the shop to the proxy. */
export const socketsToProxy = 4;

/** Connections that the proxy may have to a node. */
export const proxyBound: number = proxyFleetDefaults.pool.max;

/** How often the proxy is asked for its nodes, in ms. */
const period = 250;

/** The shop through `memfleet proxy`. */
export class Proxied implements Subject {
  readonly cache: TextCache;
  readonly #program: ChildProgram;
  readonly #events = new EventEmitter();
  readonly #timer: NodeJS.Timeout;
  #address = '';
  #admin = '';
  #nodes: readonly SubjectNode[] = [];

  private constructor(program: ChildProgram, nodes: readonly string[], timeout: number) {
    this.#program = program;
    this.cache = new TextCache({
      nodeOf: () => this.#address,
      timeout,
      errorOf: (line) => proxyError(line, nodes),
      sockets: socketsToProxy,
    });
    this.#timer = setInterval(() => void this.#look(), period);
  }

  /** Starts the proxy. Rejects when it does not come up. `timeout`: that of the calls to it, in ms. */
  static async start(options: ProxiedOptions, timeout: number): Promise<Proxied> {
    const settings = {
      listeners: [{ listen: '127.0.0.1:0', route: 'main' }],
      clusters: { main: { ...options, ejectGrowth } },
      admin: '127.0.0.1:0',
      watch: false,
    };
    const directory = mkdtempSync(join(tmpdir(), 'memfleet-demo-'));
    try {
      // JSON is YAML, too.
      const config = join(directory, 'proxy.json');
      writeFileSync(config, JSON.stringify(settings));
      const program = ChildProgram.memfleet('proxy', '--config', config, '--log-format', 'json');
      const proxied = new Proxied(program, options.nodes, timeout);
      await program.up(proxied.#ready()).catch((error: unknown) => {
        clearInterval(proxied.#timer);
        throw new Error(`the proxy could not be started: ${(error as Error).message}`);
      });
      await proxied.#look();
      return proxied;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  on<Name extends keyof SubjectEvents>(event: Name, listener: (event: SubjectEvents[Name]) => void): void {
    this.#events.on(event, listener);
  }

  stats(): { readonly nodes: readonly SubjectNode[] } {
    return { nodes: this.#nodes };
  }

  /** Every key is the proxy's. */
  nodeOf(): string {
    return this.#address;
  }

  /** Drains the proxy. */
  async close(): Promise<void> {
    this.#closeSockets();
    await this.#look();
    if (!(await this.#program.stop('SIGTERM'))) return;
    this.#nodes = this.#nodes.map((node) => ({ ...node, open: 0, connecting: 0, inFlight: 0, waiting: 0 }));
  }

  destroy(): void {
    this.#closeSockets();
    void this.#program.stop();
  }

  #closeSockets(): void {
    clearInterval(this.#timer);
    this.cache.close();
  }

  #ready(): Promise<void> {
    return new Promise((resolve) => {
      createInterface({ input: this.#program.child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
        const line = JSON.parse(text) as LogLine;
        if (line['message'] === 'ready') resolve();
        else this.#take(line);
      });
    });
  }

  #take({ message, ...line }: LogLine): void {
    const [node, duration, address] = [String(line['node']), Number(line['duration']), String(line['address'])];
    if (message === 'listening') this.#address = address;
    else if (message === 'admin listening') this.#admin = address;
    else if (message === 'node readmitted') this.#events.emit('readmit', { node, duration });
    else if (message === 'node ejected') {
      const error = new ConnectionClosedError(String(line['error']), { node });
      this.#events.emit('eject', { node, duration, error });
    }
  }

  async #look(): Promise<void> {
    try {
      const response = await fetch(`http://${this.#admin}/topology`);
      const { clusters } = (await response.json()) as { clusters: Record<string, { nodes: SubjectNode[] }> };
      this.#nodes = Object.values(clusters).flatMap(({ nodes }) => nodes);
    } catch {
      // It may be ending, or has not begun.
    }
  }
}

/**
 * The error of an error line. One that names a node is of the way to it: the command may have had its effect. Any other
 * is an answer.
 */
export function proxyError(line: string, nodes: readonly string[]): MemcacheError {
  const node = nodes.find((name) => line.includes(name));
  return node === undefined
    ? new ServerError(line, 'server', 0)
    : new ConnectionClosedError(line, { node, sent: true });
}
