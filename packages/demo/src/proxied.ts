/**
 * The shop through the proxy: a few plain text connections to it, as an application in another language would have.
 *
 *   shop ─ TextCache ─ text connections ─▶ proxy process ─ pools ─▶ nodes
 *   eject, readmit ◀─ its log        stats ◀─ its /topology
 */
import { ConnectionClosedError, type MemcacheError, ServerError } from 'memfleet';
import { proxyFleetDefaults } from 'memfleet/proxy';
import type { Cache } from './cache.ts';
import { type ProxyLine, ProxyProcess } from './proxy-process.ts';
import type { Eject, Readmit, Subject, SubjectNode } from './subject.ts';
import { TextCache } from './text-cache.ts';
import { TextConnection } from './text-connection.ts';

/** How to set it up. */
export interface ProxiedOptions {
  readonly nodes: readonly string[];
  readonly ejectTime: number;
  /** Milliseconds that a call may take. */
  readonly timeout: number;
}

/** Sockets of the shop to the proxy. */
export const socketsToProxy = 4;

/** Connections that the proxy may have to a node. */
export const proxyBound: number = proxyFleetDefaults.pool.max;

/** How often the proxy is asked for its nodes, in ms. */
const period = 250;

/** See the head of this file. */
export class Proxied implements Subject {
  readonly cache: Cache;
  readonly #process: ProxyProcess;
  readonly #connections: readonly TextConnection[];
  readonly #listeners: ProxyListeners;
  readonly #timer: NodeJS.Timeout;
  #nodes: readonly SubjectNode[] = [];

  private constructor(process: ProxyProcess, { nodes, timeout }: ProxiedOptions, listeners: ProxyListeners) {
    this.#process = process;
    this.#listeners = listeners;
    const [host = '', port] = process.address.split(':');
    const errorOf = (line: string): MemcacheError => proxyError(line, nodes);
    // The proxy has its own deadline; its answer needs a moment more.
    const settings = { host, port: Number(port), timeout: 2 * timeout, errorOf };
    this.#connections = Array.from({ length: socketsToProxy }, () => new TextConnection(settings));
    let turn = 0;
    this.cache = new TextCache({
      ask: (_key, request) => (this.#connections[turn++ % socketsToProxy] as TextConnection).ask(request),
      group: (keys) => [keys],
    });
    this.#timer = setInterval(() => void this.#look(), period);
  }

  /** Starts the proxy. Rejects when it does not come up. */
  static async start(options: ProxiedOptions): Promise<Proxied> {
    const listeners = new ProxyListeners();
    const settings = {
      listeners: [{ listen: '127.0.0.1:0', route: 'main' }],
      clusters: { main: { nodes: options.nodes, ejectTime: options.ejectTime, timeout: options.timeout } },
      admin: '127.0.0.1:0',
      watch: false,
    };
    const process = await ProxyProcess.start(settings, (line) => listeners.take(line));
    const proxied = new Proxied(process, options, listeners);
    await proxied.#look();
    return proxied;
  }

  onEject(listener: (event: Eject) => void): void {
    this.#listeners.eject.push(listener);
  }

  onReadmit(listener: (event: Readmit) => void): void {
    this.#listeners.readmit.push(listener);
  }

  stats(): { readonly nodes: readonly SubjectNode[] } {
    return { nodes: this.#nodes };
  }

  /** Every key is the proxy's. */
  nodeOf(): string {
    return this.#process.address;
  }

  async close(): Promise<void> {
    this.#closeConnections();
    await this.#look();
    if (!(await this.#process.stop())) return;
    this.#nodes = this.#nodes.map((node) => ({ ...node, open: 0, connecting: 0, inFlight: 0, waiting: 0 }));
  }

  destroy(): void {
    this.#closeConnections();
    this.#process.kill();
  }

  #closeConnections(): void {
    clearInterval(this.#timer);
    for (const connection of this.#connections) connection.close();
  }

  async #look(): Promise<void> {
    // It may be ending.
    this.#nodes = await this.#process.nodes().catch(() => this.#nodes);
  }
}

/** Who hears of what the log of the proxy tells. */
class ProxyListeners {
  readonly eject: ((event: Eject) => void)[] = [];
  readonly readmit: ((event: Readmit) => void)[] = [];

  take(line: ProxyLine): void {
    const [node, duration] = [String(line['node']), Number(line['duration'])];
    if (line.message === 'node ejected') {
      const error = new ConnectionClosedError(String(line['error']), { node });
      for (const listener of this.eject) listener({ node, duration, error });
    } else if (line.message === 'node readmitted') {
      for (const listener of this.readmit) listener({ node, duration });
    }
  }
}

/**
 * The error of an error line. One that names a node is of the way to it: the command may have had its effect. Any other is an answer.
 */
export function proxyError(line: string, nodes: readonly string[]): MemcacheError {
  const node = nodes.find((name) => line.includes(name));
  return node === undefined
    ? new ServerError(line, 'server', 0)
    : new ConnectionClosedError(line, { node, sent: true });
}
