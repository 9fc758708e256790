/** One server: the client of memfleet that reaches it, made when it is needed. */
import { type Client, createClient, type Encoded, type StoredValue, type Transcoder } from 'memfleet';

/** Options of a server. Times are seconds. */
export interface ServerOptions {
  /** The name for SASL or the ASCII authentication. */
  readonly username?: string | undefined;
  /** The password of `username`. */
  readonly password?: string | undefined;
  /** The time of one attempt. @default 0.5 */
  readonly timeout?: number | undefined;
  /** The time to connect. @default twice `timeout` */
  readonly conntimeout?: number | undefined;
  /** Whether the kernel probes idle connections. @default false */
  readonly keepAlive?: boolean | undefined;
  /** The time without traffic before the first probe. @default 30 */
  readonly keepAliveDelay?: number | undefined;
}

/** A value and its flags, as a callback of `get` receives them. */
export type RawItem = readonly [value: Buffer, flags: Buffer];

/** From the pool of Buffer: every get needs them. */
function flagsOf(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

const transcoder: Transcoder<unknown> = {
  encode: (encoded) => encoded as Encoded,
  decode(stored: StoredValue): RawItem {
    const bytes = stored.bytes();
    const value = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return [value, flagsOf(stored.flags)];
  },
};

/** The first of these variables of the environment that is set. */
const variable = (...names: readonly string[]): string | undefined =>
  names.map((name) => process.env[name]).find((value) => value !== undefined && value !== '');

/** One server and its connection. */
export class Server {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly options: ServerOptions & { readonly timeout: number; readonly conntimeout: number };
  /** Milliseconds since 1970 until which other servers stand in for this one. */
  wakeupAt: number | undefined = undefined;
  connected = false;
  #client: Client | undefined = undefined;

  constructor(host: string, port: number, username?: string, password?: string, options: ServerOptions = {}) {
    this.host = host;
    this.port = port;
    const timeout = options.timeout ?? 0.5;
    const conntimeout = options.conntimeout ?? 2 * timeout;
    this.options = { keepAlive: false, keepAliveDelay: 30, ...options, timeout, conntimeout };
    this.username = username || options.username || variable('MEMCACHIER_USERNAME', 'MEMCACHE_USERNAME');
    this.password = password || options.password || variable('MEMCACHIER_PASSWORD', 'MEMCACHE_PASSWORD');
  }

  /** `host:port`. */
  get name(): string {
    return `${this.host}:${this.port}`;
  }

  get client(): Client {
    return (this.#client ??= this.#open());
  }

  /** The options of a call: connecting has a time of its own. */
  get callOptions(): { readonly timeout: number } | undefined {
    if (this.connected) return undefined;
    return { timeout: milliseconds(this.options.timeout + this.options.conntimeout) };
  }

  /** Closes the connection now. The next call opens another. */
  close(): void {
    this.#release()?.destroy();
  }

  /** Closes the connection after the calls in flight. The next call opens another. */
  quit(): void {
    this.#release()
      ?.close()
      .catch(() => {});
  }

  toString(): string {
    return `<Server ${this.name}>`;
  }

  #release(): Client | undefined {
    const client = this.#client;
    this.#client = undefined;
    this.connected = false;
    return client;
  }

  #open(): Client {
    const { timeout, conntimeout, keepAlive, keepAliveDelay } = this.options;
    const { username, password } = this;
    const client = createClient({
      nodes: [{ host: this.host, port: this.port }],
      timeout: milliseconds(timeout),
      connectTimeout: milliseconds(conntimeout),
      pool: { min: 1, max: 1 },
      // The client retries itself, on other servers too.
      retry: false,
      keepAliveDelay: keepAlive === true ? milliseconds(keepAliveDelay ?? 30) : 0,
      // The server has the last word on the size of an item.
      maxItemSize: Number.MAX_SAFE_INTEGER,
      transcoder,
      ...(username !== undefined && password !== undefined && { username, password }),
    });
    client.on('connect', () => {
      if (client === this.#client) this.connected = true;
    });
    client.on('disconnect', () => {
      if (client === this.#client) this.connected = false;
    });
    return client;
  }
}

const milliseconds = (seconds: number): number => Math.max(1, Math.round(seconds * 1000));
