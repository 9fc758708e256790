/** One server: the client of memfleet that reaches it, made when it is needed. */
import { EventEmitter } from 'node:events';
import { type Client, createClient } from 'memfleet';
import { transcoder } from './values.ts';

/** The settings of a server, in milliseconds. */
export interface ServerSettings {
  readonly timeout: number;
  readonly idle: number;
  readonly poolSize: number;
  readonly retries: number;
}

/** One server and its connections. */
export class Server {
  /** One for each open connection; an `error` on it counts as an issue of the server, as on the original's sockets. */
  readonly pool: EventEmitter[] = [];
  readonly #name: string;
  readonly #settings: ServerSettings;
  readonly #onError: (error: Error) => void;
  #client: Client | undefined = undefined;

  constructor(name: string, settings: ServerSettings, onError: (error: Error) => void) {
    this.#name = name;
    this.#settings = settings;
    this.#onError = onError;
  }

  get client(): Client {
    return (this.#client ??= this.#open());
  }

  /** Closes the connections after the commands in flight. The next command opens new ones. */
  end(): void {
    const client = this.#client;
    this.#client = undefined;
    this.pool.length = 0;
    if (client !== undefined) client.close().catch(this.#onError);
  }

  #open(): Client {
    const { idle, poolSize, retries } = this.#settings;
    const timeout = Math.max(1, this.#settings.timeout);
    const client = createClient({
      nodes: [this.#name],
      timeout,
      connectTimeout: timeout,
      pool: { min: 0, max: Math.max(1, poolSize), idleTimeout: idle },
      ...(retries === 0 && { retry: false }),
      // The server has the last word on the size of an item.
      maxItemSize: Number.MAX_SAFE_INTEGER,
      transcoder,
    });
    client.on('connect', () => {
      const connection = new EventEmitter();
      connection.on('error', this.#onError);
      if (client === this.#client) this.pool.push(connection);
    });
    client.on('disconnect', () => {
      if (client === this.#client) this.pool.pop();
    });
    return client;
  }
}
