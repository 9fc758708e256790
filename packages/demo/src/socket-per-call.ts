/**
 * A cache by the classic text protocol that opens a socket for each call, which memfleet replaces. Nothing but the
 * sockets is slow here.
 *
 *   call ─ connect ─▶ request ─▶ reply ─▶ close
 */
import { connect } from 'node:net';
import {
  ConnectError,
  ConnectionClosedError,
  type MemcacheError,
  NoNodesError,
  PartialResultError,
  ServerError,
  TimeoutError,
} from 'memfleet';
import type { Cache } from './cache.ts';

/** A whole reply: its last line, and the items before it. */
interface Reply {
  readonly line: string;
  readonly items: ReadonlyMap<string, { readonly value: Uint8Array; readonly cas: bigint }>;
}

/** A cache that opens a socket for each call. */
export class SocketPerCall implements Cache {
  readonly #nodeOf: (key: string) => string | undefined;
  readonly #timeout: number;
  #open = 0;
  /** Sockets opened in all, and the most at once. */
  opened = 0;
  peak = 0;

  /** `nodeOf`: where a socket for a key goes. `timeout`: milliseconds for a call. */
  constructor(nodeOf: (key: string) => string | undefined, timeout: number) {
    this.#nodeOf = nodeOf;
    this.#timeout = timeout;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.#ask(key, `get ${key}`)).items.get(key)?.value;
  }

  async getMany(keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const groups = new Map<string | undefined, string[]>();
    for (const key of keys) groups.set(this.#nodeOf(key), [...(groups.get(this.#nodeOf(key)) ?? []), key]);
    return collect([...groups.values()], async (group, found) => {
      const { items } = await this.#ask(group[0] as string, `get ${group.join(' ')}`);
      for (const [key, { value }] of items) found.set(key, value);
    });
  }

  async getWithCas(key: string): Promise<{ readonly value: Uint8Array; readonly cas: bigint } | undefined> {
    return (await this.#ask(key, `gets ${key}`)).items.get(key);
  }

  async set(key: string, value: Uint8Array, ttl: number): Promise<boolean> {
    return (await this.#ask(key, `set ${key} 0 ${ttl} ${value.length}`, value)).line === 'STORED';
  }

  async setMany(entries: ReadonlyMap<string, Uint8Array>, ttl: number): Promise<Map<string, boolean>> {
    const groups = [...entries.keys()].map((key) => [key]);
    return collect(groups, async ([key = ''], stored) => {
      stored.set(key, await this.set(key, entries.get(key) as Uint8Array, ttl));
    });
  }

  async cas(key: string, value: Uint8Array, cas: bigint, ttl: number): Promise<'stored' | 'exists' | 'notFound'> {
    const { line } = await this.#ask(key, `cas ${key} 0 ${ttl} ${value.length} ${cas}`, value);
    return line === 'STORED' ? 'stored' : line === 'EXISTS' ? 'exists' : 'notFound';
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#ask(key, `delete ${key}`)).line === 'DELETED';
  }

  async incr(key: string, delta: number, options: { initial: number; ttl: number }): Promise<number | undefined> {
    const count = async (): Promise<number | undefined> => {
      const { line } = await this.#ask(key, `incr ${key} ${delta}`);
      return line === 'NOT_FOUND' ? undefined : Number(line);
    };
    const first = await count();
    if (first !== undefined) return first;
    const initial = Buffer.from(String(options.initial));
    const { line } = await this.#ask(key, `add ${key} 0 ${options.ttl} ${initial.length}`, initial);
    return line === 'STORED' ? options.initial : count();
  }

  async #ask(key: string, line: string, value?: Uint8Array): Promise<Reply> {
    const node = this.#nodeOf(key);
    if (node === undefined) throw new NoNodesError('there is no node');
    this.opened++;
    this.peak = Math.max(this.peak, ++this.#open);
    const end = Buffer.from('\r\n');
    const request = Buffer.concat([Buffer.from(line), end, ...(value === undefined ? [] : [value, end])]);
    return exchange(node, request, this.#timeout).finally(() => this.#open--);
  }
}

/** One request on a socket of its own. Rejects with a MemcacheError, also for an error line. */
function exchange(node: string, request: Uint8Array, timeout: number): Promise<Reply> {
  const socket = connect(addressOf(node));
  return new Promise<Reply>((resolve, reject) => {
    let isConnected = false;
    const chunks: Buffer[] = [];
    let [length, needed] = [0, 0];
    const fail = (why: string, cause?: Error): void => {
      const details = { node, sent: isConnected, cause };
      reject(isConnected ? new ConnectionClosedError(why, details) : new ConnectError(why, details));
    };
    const late = (): void =>
      reject(new TimeoutError(`${node}: no reply in time`, 'total', { node, sent: isConnected }));
    const timer = setTimeout(late, timeout);
    socket.setNoDelay(true);
    socket.once('connect', () => (isConnected = true));
    socket.on('error', (error) => fail(`${node}: ${error.message}`, error));
    socket.once('end', () => fail(`${node} closed the connection`));
    socket.once('close', () => clearTimeout(timer));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length < needed) return;
      const reply = parseReply(Buffer.concat(chunks));
      if (typeof reply === 'number') needed = reply;
      else if (/^(?:ERROR|CLIENT_ERROR|SERVER_ERROR)/.test(reply.line))
        reject(new ServerError(reply.line, 'server', 0, { node }));
      else resolve(reply);
    });
    socket.write(request);
  }).finally(() => socket.destroy());
}

/** `host:port`, `[v6]:port` or the path of a Unix socket. */
function addressOf(node: string): { path: string } | { host: string; port: number } {
  if (node.startsWith('/')) return { path: node };
  const colon = node.lastIndexOf(':');
  return { host: node.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(node.slice(colon + 1)) };
}

/**
 * Reads a reply: it ends with a line that is not `VALUE …`. A number: how many bytes there must be before another look
 * can find more.
 */
function parseReply(bytes: Buffer): Reply | number {
  const items = new Map<string, { readonly value: Uint8Array; readonly cas: bigint }>();
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return bytes.length + 1;
    const line = bytes.toString('latin1', at, end);
    if (!line.startsWith('VALUE ')) return { line, items };
    const [, key = '', , length, cas] = line.split(' ');
    const start = end + 2;
    at = start + Number(length) + 2;
    if (at > bytes.length) return at;
    items.set(key, { value: bytes.subarray(start, at - 2), cas: BigInt(cas ?? 0) });
  }
}

/**
 * The results of several requests, each for some keys. As a memfleet client does, it keeps the results when some
 * requests fail: rejects with a PartialResultError.
 */
async function collect<T>(
  groups: readonly (readonly string[])[],
  send: (keys: readonly string[], results: Map<string, T>) => Promise<void>,
): Promise<Map<string, T>> {
  const results = new Map<string, T>();
  const failures = new Map<string, MemcacheError>();
  const fail = (keys: readonly string[], error: MemcacheError): void => keys.forEach((key) => failures.set(key, error));
  await Promise.all(
    groups.map((keys) => send(keys, results).catch((error: unknown) => fail(keys, error as MemcacheError))),
  );
  if (failures.size > 0) throw new PartialResultError(`${failures.size} keys failed`, results, failures);
  return results;
}
