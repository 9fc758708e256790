/**
 * The way it was: every call opens a socket to the key's node, says its command in the classic text protocol, reads the answer and closes the socket.
 *
 *   call ─ connect ─▶ request ─▶ reply ─▶ close
 *
 * Nothing else stands in its way (no handshake, no queue, no bound), so what is slow here is the sockets.
 */
import { connect, type Socket } from 'node:net';
import { ConnectError, ConnectionClosedError, NoNodesError, ServerError, TimeoutError } from 'memfleet';
import type { Cache } from './cache.ts';

/** How to make calls. */
export interface SocketPerCallOptions {
  /** The address of the node that owns a key: `host:port`, `[v6]:port` or a socket path. */
  readonly nodeOf: (key: string) => string | undefined;
  /** Milliseconds for a call. */
  readonly timeout: number;
}

interface Item {
  readonly value: Uint8Array;
  readonly cas: bigint;
}

/** A whole answer: its last line, and the items before it. */
interface Answer {
  readonly line: string;
  readonly items: ReadonlyMap<string, Item>;
}

/** See the head of this file. */
export class SocketPerCall implements Cache {
  readonly #options: SocketPerCallOptions;
  #opened = 0;
  #open = 0;
  #peak = 0;

  constructor(options: SocketPerCallOptions) {
    this.#options = options;
  }

  /** Sockets opened in all. */
  get opened(): number {
    return this.#opened;
  }

  /** Sockets open at once, the most so far. */
  get peak(): number {
    return this.#peak;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const { items } = await this.#ask(key, [`get ${key}\r\n`]);
    return items.get(key)?.value;
  }

  async getMany(keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const byNode = new Map<string | undefined, string[]>();
    for (const key of keys) {
      const node = this.#options.nodeOf(key);
      const list = byNode.get(node);
      if (list === undefined) byNode.set(node, [key]);
      else list.push(key);
    }
    const parts = [...byNode.values()].map((list) => this.#ask(list[0] as string, [`get ${list.join(' ')}\r\n`]));
    const values = new Map<string, Uint8Array>();
    for (const { items } of await Promise.all(parts)) for (const [key, { value }] of items) values.set(key, value);
    return values;
  }

  async getWithCas(key: string): Promise<Item | undefined> {
    const { items } = await this.#ask(key, [`gets ${key}\r\n`]);
    return items.get(key);
  }

  async set(key: string, value: Uint8Array, ttl: number): Promise<boolean> {
    const { line } = await this.#ask(key, [`set ${key} 0 ${ttl} ${value.length}\r\n`, value, '\r\n']);
    return line === 'STORED';
  }

  async setMany(entries: ReadonlyMap<string, Uint8Array>, ttl: number): Promise<Map<string, boolean>> {
    const sets = [...entries].map(async ([key, value]) => [key, await this.set(key, value, ttl)] as const);
    return new Map(await Promise.all(sets));
  }

  async cas(key: string, value: Uint8Array, cas: bigint, ttl: number): Promise<'stored' | 'exists' | 'notFound'> {
    const { line } = await this.#ask(key, [`cas ${key} 0 ${ttl} ${value.length} ${cas}\r\n`, value, '\r\n']);
    return line === 'STORED' ? 'stored' : line === 'EXISTS' ? 'exists' : 'notFound';
  }

  async delete(key: string): Promise<boolean> {
    const { line } = await this.#ask(key, [`delete ${key}\r\n`]);
    return line === 'DELETED';
  }

  async incr(
    key: string,
    delta: number,
    options: { readonly initial: number; readonly ttl: number },
  ): Promise<number | undefined> {
    const count = `incr ${key} ${delta}\r\n`;
    const first = await this.#ask(key, [count]);
    if (first.line !== 'NOT_FOUND') return Number(first.line);
    const text = String(options.initial);
    const made = await this.#ask(key, [`add ${key} 0 ${options.ttl} ${text.length}\r\n${text}\r\n`]);
    if (made.line === 'STORED') return options.initial;
    const second = await this.#ask(key, [count]);
    return second.line === 'NOT_FOUND' ? undefined : Number(second.line);
  }

  #ask(key: string, request: readonly (string | Uint8Array)[]): Promise<Answer> {
    const node = this.#options.nodeOf(key);
    if (node === undefined) return Promise.reject(new NoNodesError('there is no node'));
    return new Promise((resolve, reject) => {
      const socket = connect(address(node));
      this.#opened++;
      this.#peak = Math.max(this.#peak, ++this.#open);
      let isConnected = false;
      const chunks: Buffer[] = [];
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        socket.destroy();
        settle();
      };
      const fail = (why: string, cause?: Error): void => {
        const details = { node, sent: isConnected, cause };
        end(() => reject(isConnected ? new ConnectionClosedError(why, details) : new ConnectError(why, details)));
      };
      const timer = setTimeout(() => {
        end(() => reject(new TimeoutError(`${node}: no answer in time`, 'total', { node, sent: isConnected })));
      }, this.#options.timeout);
      socket.setNoDelay(true);
      socket.once('connect', () => {
        isConnected = true;
        send(socket, request);
      });
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        const answer = readAnswer(chunks);
        if (answer === undefined) return;
        const isError = /^(?:ERROR|CLIENT_ERROR|SERVER_ERROR)/.test(answer.line);
        end(() => (isError ? reject(new ServerError(answer.line, 'server', 0, { node })) : resolve(answer)));
      });
      socket.on('error', (error) => fail(`${node}: ${error.message}`, error));
      socket.once('end', () => fail(`${node} closed the connection`));
      socket.once('close', () => {
        this.#open--;
      });
    });
  }
}

function send(socket: Socket, request: readonly (string | Uint8Array)[]): void {
  socket.cork();
  for (const part of request) socket.write(part);
  socket.uncork();
}

function address(node: string): { path: string } | { host: string; port: number } {
  if (node.startsWith('/')) return { path: node };
  const colon = node.lastIndexOf(':');
  return { host: node.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(node.slice(colon + 1)) };
}

/** The answer, when it is whole. It ends with a line that is not `VALUE …`, and nothing comes after it. */
function readAnswer(chunks: Buffer[]): Answer | undefined {
  if (chunks.at(-1)?.at(-1) !== 0x0a) return undefined;
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  const items = new Map<string, Item>();
  let at = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const line = bytes.toString('latin1', at, end);
    if (!line.startsWith('VALUE ')) return { line, items };
    const [, key, , length, cas] = line.split(' ');
    const from = end + 2;
    const to = from + Number(length);
    if (to + 2 > bytes.length) return undefined;
    items.set(key as string, { value: bytes.subarray(from, to), cas: BigInt(cas ?? 0) });
    at = to + 2;
  }
}
