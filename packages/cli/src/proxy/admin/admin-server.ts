/**
 * The HTTP endpoints for operators, on an address of their own:
 *
 *   /healthz    200: the process answers
 *   /readyz     200: send clients here; 503: it starts, it is being stopped, or a node list is not known yet
 *   /metrics    for Prometheus
 *   /config     the configuration that counts, without secrets, as JSON
 *   /topology   clusters, nodes, pools and listeners, as JSON
 *
 * The last three answer only by names that are ours: a web page can give its own name our address (DNS rebinding), and
 * would read them in a visitor's browser.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { MemcacheError } from 'memfleet';
import { removeStaleSocket } from 'memfleet/proxy';
import { type ListenAddress, listenText } from '../../option-values.ts';
import { contentType } from '../metrics/metrics.ts';
import { HostNames } from './host-names.ts';

/** What is shown. */
export interface AdminView {
  /** Why no clients should come; an empty list when they may. */
  unreadiness(): Promise<readonly string[]>;
  metrics(): Promise<string>;
  /** Plain data without secrets. */
  config(): unknown;
  topology(): Promise<unknown>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const plain = 'text/plain; charset=utf-8';

function text(body: string, status = 200): Answer {
  return { status, type: plain, body: `${body}\n` };
}

function json(value: unknown): Answer {
  return { status: 200, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value, undefined, 2)}\n` };
}

type Endpoint = (view: AdminView) => Answer | Promise<Answer>;

const endpoints: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['/healthz', () => text('ok')],
  [
    '/readyz',
    async (view) => {
      const reasons = await view.unreadiness();
      return reasons.length === 0 ? text('ready') : text(reasons.join('\n'), 503);
    },
  ],
  ['/metrics', async (view) => ({ status: 200, type: contentType, body: await view.metrics() })],
  ['/config', (view) => json(view.config())],
  ['/topology', async (view) => json(await view.topology())],
  ['/', () => text([...endpoints.keys()].filter((path) => path !== '/').join('\n'))],
]);

/** Where it listens unless a host is said. */
const defaultHost = '127.0.0.1';

/** Bounds of whoever comes. Times are in ms. */
export interface AdminBounds {
  /** How long a request may take to arrive, from the connection or the request before. */
  readonly requestTimeout: number;
  /** How long a connection may do nothing, or not read its answer. */
  readonly idleTimeout: number;
  /** Connections at once; one more is closed. */
  readonly maxConnections: number;
}

const defaultBounds: AdminBounds = { requestTimeout: 10_000, idleTimeout: 30_000, maxConnections: 100 };

/** How often requests are looked for that take too long, as a share of how long they may take. */
const checkShare = 0.1;

/** What balancers ask, by whatever name they know; it shows nothing. */
const forEverybody: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** The HTTP endpoints for operators. */
export class AdminServer {
  readonly #view: AdminView;
  readonly #server: Server;
  readonly #onError: (error: unknown) => void;
  #hosts: HostNames;

  /** `onError` hears of answers that could not be made. `hosts`: names by which it may be asked. */
  constructor(
    view: AdminView,
    onError: (error: unknown) => void,
    hosts: readonly string[] = [],
    { requestTimeout, idleTimeout, maxConnections }: AdminBounds = defaultBounds,
  ) {
    this.#view = view;
    this.#onError = onError;
    this.#hosts = new HostNames(hosts);
    const connectionsCheckingInterval = requestTimeout * checkShare;
    this.#server = createServer(
      { requestTimeout, headersTimeout: requestTimeout, keepAliveTimeout: 5000, connectionsCheckingInterval },
      (request, response) => {
        void this.#serve(request, response);
      },
    );
    this.#server.maxConnections = maxConnections;
    this.#server.setTimeout(idleTimeout);
  }

  /** Names by which it may be asked from now on. */
  allow(hosts: readonly string[]): void {
    this.#hosts = new HostNames(hosts);
  }

  /**
   * Begins to listen; gives the address, with the port that was given. Rejects with a MemcacheError when it cannot be
   * had.
   */
  async listen(address: ListenAddress): Promise<string> {
    const where = 'port' in address ? { host: defaultHost, ...address } : address;
    const asked = listenText(where);
    if ('path' in where) await removeStaleSocket(where.path);
    return new Promise((resolve, reject) => {
      const fail = (cause: Error): void =>
        reject(new MemcacheError(`admin: cannot listen on ${asked}: ${cause.message}`, { cause }));
      this.#server.once('error', fail);
      this.#server.listen(where, () => {
        this.#server.off('error', fail);
        this.#server.on('error', this.#onError);
        resolve(this.#address);
      });
    });
  }

  /** Frees the address. Idempotent. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  get #address(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) return address ?? '';
    return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.#answer(request);
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #answer({ method, url = '/', headers }: IncomingMessage): Promise<Answer> {
    const path = url.split('?', 1)[0] as string;
    const endpoint = endpoints.get(path);
    if (!forEverybody.has(path) && !this.#hosts.allow(headers.host))
      return text('not by this host name; adminHosts in the configuration lists the names that may be used', 421);
    if (endpoint === undefined) return text(`there is ${[...endpoints.keys()].join(' ')}`, 404);
    if (method !== 'GET' && method !== 'HEAD') return text('only GET and HEAD', 405);
    try {
      return await endpoint(this.#view);
    } catch (error) {
      this.#onError(error);
      return text('this could not be found out; see the log', 500);
    }
  }
}
