/**
 * A cache by the classic text protocol, over a socket per call or over some that stay.
 *
 *   call ─ connect ─▶ request ─▶ answer ─▶ close        what memfleet replaces: nothing but the sockets is slow here
 *   call ─▶ the next of the sockets ─▶ answer           a plain client of the proxy
 */
import { type MemcacheError, NoNodesError, PartialResultError, ServerError } from 'memfleet';
import { type Answer, type Item, TextSocket } from './text-socket.ts';

/** What the shop wants of a cache; a memfleet client has it as well. Times to live in seconds. */
export interface Cache {
  get(key: string): Promise<Uint8Array | undefined>;
  getMany(keys: readonly string[]): Promise<Map<string, Uint8Array>>;
  getWithCas(key: string): Promise<Item | undefined>;
  set(key: string, value: Uint8Array, ttl: number): Promise<boolean>;
  setMany(entries: ReadonlyMap<string, Uint8Array>, ttl: number): Promise<Map<string, boolean>>;
  cas(key: string, value: Uint8Array, cas: bigint, ttl: number): Promise<'stored' | 'exists' | 'notFound'>;
  delete(key: string): Promise<boolean>;
  /** `initial`: the value of a counter that is made when there is none. */
  incr(key: string, delta: number, options: { initial: number; ttl: number }): Promise<number | undefined>;
}

/** How to make calls. */
export interface TextCacheOptions {
  /** The address of the node that has a key. */
  readonly nodeOf: (key: string) => string | undefined;
  /** Milliseconds for a call. */
  readonly timeout: number;
  /** The error of an error line. @default a node's answer */
  readonly errorOf?: (line: string) => MemcacheError;
  /** Sockets that stay, where all keys have one node. @default 0: a socket per call */
  readonly sockets?: number;
}

/** A cache over the classic text protocol. */
export class TextCache implements Cache {
  readonly #options: TextCacheOptions;
  readonly #sockets: TextSocket[] = [];
  #turn = 0;
  #open = 0;
  /** Sockets opened in all, and the most at once. */
  opened = 0;
  peak = 0;

  constructor(options: TextCacheOptions) {
    this.#options = options;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const { items } = await this.#ask(key, `get ${key}\r\n`);
    return items.get(key)?.value;
  }

  async getMany(keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const groups = new Map<string | undefined, string[]>();
    for (const key of keys) {
      const node = this.#options.nodeOf(key);
      groups.set(node, [...(groups.get(node) ?? []), key]);
    }
    const found = new Map<string, Uint8Array>();
    const ask = async (list: readonly string[]): Promise<void> => {
      const { items } = await this.#ask(list[0] as string, `get ${list.join(' ')}\r\n`);
      for (const [key, { value }] of items) found.set(key, value);
    };
    return whole(found, [...groups.values()], ask);
  }

  async getWithCas(key: string): Promise<Item | undefined> {
    const { items } = await this.#ask(key, `gets ${key}\r\n`);
    return items.get(key);
  }

  async set(key: string, value: Uint8Array, ttl: number): Promise<boolean> {
    const { line } = await this.#ask(key, `set ${key} 0 ${ttl} ${value.length}\r\n`, value, '\r\n');
    return line === 'STORED';
  }

  async setMany(entries: ReadonlyMap<string, Uint8Array>, ttl: number): Promise<Map<string, boolean>> {
    const stored = new Map<string, boolean>();
    const store = async (key: string): Promise<void> =>
      void stored.set(key, await this.set(key, entries.get(key) as Uint8Array, ttl));
    return whole(
      stored,
      [...entries.keys()].map((key) => [key]),
      ([key]) => store(key as string),
    );
  }

  async cas(key: string, value: Uint8Array, cas: bigint, ttl: number): Promise<'stored' | 'exists' | 'notFound'> {
    const { line } = await this.#ask(key, `cas ${key} 0 ${ttl} ${value.length} ${cas}\r\n`, value, '\r\n');
    return line === 'STORED' ? 'stored' : line === 'EXISTS' ? 'exists' : 'notFound';
  }

  async delete(key: string): Promise<boolean> {
    const { line } = await this.#ask(key, `delete ${key}\r\n`);
    return line === 'DELETED';
  }

  async incr(key: string, delta: number, options: { initial: number; ttl: number }): Promise<number | undefined> {
    const count = async (): Promise<number | undefined> => {
      const { line } = await this.#ask(key, `incr ${key} ${delta}\r\n`);
      return line === 'NOT_FOUND' ? undefined : Number(line);
    };
    const first = await count();
    if (first !== undefined) return first;
    const text = String(options.initial);
    const { line } = await this.#ask(key, `add ${key} 0 ${options.ttl} ${text.length}\r\n${text}\r\n`);
    return line === 'STORED' ? options.initial : count();
  }

  /** Closes the sockets that stay. */
  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  async #ask(key: string, ...request: readonly (string | Uint8Array)[]): Promise<Answer> {
    const { nodeOf, sockets = 0 } = this.#options;
    const node = nodeOf(key);
    if (node === undefined) throw new NoNodesError('there is no node');
    if (sockets === 0) {
      const socket = this.#dial(node);
      return socket.ask(request).finally(() => socket.close());
    }
    const slot = this.#turn++ % sockets;
    let socket = this.#sockets[slot];
    if (socket === undefined || socket.isLost) socket = this.#sockets[slot] = this.#dial(node);
    return socket.ask(request);
  }

  #dial(node: string): TextSocket {
    const { timeout, errorOf = (line) => new ServerError(line, 'server', 0, { node }) } = this.#options;
    this.opened++;
    this.peak = Math.max(this.peak, ++this.#open);
    return new TextSocket({ node, timeout, errorOf, onClose: () => this.#open-- });
  }
}

/**
 * The results of several requests, each for some keys. As a memfleet client does, it keeps what came when some of them
 * failed: rejects with a PartialResultError.
 */
async function whole<T>(
  results: Map<string, T>,
  requests: readonly (readonly string[])[],
  send: (keys: readonly string[]) => Promise<void>,
): Promise<Map<string, T>> {
  const failures = new Map<string, MemcacheError>();
  const fail = (keys: readonly string[], error: MemcacheError): void => keys.forEach((key) => failures.set(key, error));
  await Promise.all(requests.map((keys) => send(keys).catch((error: unknown) => fail(keys, error as MemcacheError))));
  if (failures.size > 0) throw new PartialResultError(`${failures.size} keys failed`, results, failures);
  return results;
}
