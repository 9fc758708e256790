/**
 * An HTTP server for operators, on an address of its own. It only reads: GET and HEAD.
 *
 *   request ─ Host is one of our names? ─ 421
 *           ─ a login, where one is needed? ─ 401
 *           ─ a path that there is? ─ 404 ─ GET or HEAD? ─ 405 ─▶ the endpoint
 *
 * A web page can give its own name our address (DNS rebinding), and would read the endpoints in a visitor's browser, so
 * they answer only by names that are ours. What balancers ask is for everybody; it shows nothing.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { MemcacheError, removeStaleSocket } from 'memfleet/proxy';
import { type ListenAddress, listenText } from '../../option-values.ts';
import { Access, type AdminLogins, isLoopback } from './access.ts';
import { type Answer, type Endpoints, type Stream, textAnswer } from './answer.ts';
import { HostNames } from './host-names.ts';

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

/** What balancers ask, by whatever name they know, without a login; it shows nothing. */
const forEverybody: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** Of every answer: no other site may show it, and a browser takes it for nothing but what it says it is. */
const safeHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Who may ask. */
export interface AdminRules extends AdminLogins {
  /** Names by which it may be asked, beside those that are always ours. */
  readonly hosts: readonly string[];
  /** Everybody who reaches the address may read the endpoints, although other machines can reach it. */
  readonly isInsecure: boolean;
}

const loopbackOnly: AdminRules = { hosts: [], users: {}, isInsecure: false };

/** The HTTP endpoints for operators. */
export class AdminServer {
  readonly #endpoints: Endpoints;
  readonly #server: Server;
  readonly #onError: (error: unknown) => void;
  #rules: AdminRules;
  #hosts: HostNames;
  #access: Access;

  /** `onError` receives the errors of endpoints. */
  constructor(
    endpoints: Endpoints,
    onError: (error: unknown) => void,
    rules: AdminRules = loopbackOnly,
    { requestTimeout, idleTimeout, maxConnections }: AdminBounds = defaultBounds,
  ) {
    this.#endpoints = endpoints;
    this.#onError = onError;
    this.#rules = rules;
    this.#hosts = new HostNames(rules.hosts);
    this.#access = new Access(rules);
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

  /** Throws MemcacheError when these rules would open an address that others reach. */
  check(rules: AdminRules): void {
    const problem = this.#opennessProblem(rules);
    if (problem !== undefined) throw problem;
  }

  /** Who may ask from now on. Throws as `check`. */
  allow(rules: AdminRules): void {
    this.check(rules);
    this.#rules = rules;
    this.#hosts = new HostNames(rules.hosts);
    this.#access = new Access(rules);
  }

  /**
   * Begins to listen; gives the address, with the port that was given. Rejects with a MemcacheError when it cannot be
   * had, or when other machines can reach it and no login is needed.
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
        const problem = this.#opennessProblem(this.#rules);
        if (problem === undefined) resolve(this.#address);
        else {
          this.#server.close();
          reject(problem);
        }
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

  /** A name of a host may be any address, so the one that was bound is judged. */
  #opennessProblem(rules: AdminRules): MemcacheError | undefined {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null || isLoopback(address.address)) return undefined;
    if (rules.isInsecure || new Access(rules).isProtected) return undefined;
    return new MemcacheError(
      `admin: other machines can reach ${this.#address}: set adminToken (--admin-token-file) or adminUsers; with insecureAdmin (--insecure-admin) everybody may read the configuration and the keys`,
    );
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request);
    if ('open' in answer) {
      for (const [name, value] of Object.entries(safeHeaders)) response.setHeader(name, value);
      answer.open(response);
      return;
    }
    const { status, type, body, headers } = answer;
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      ...safeHeaders,
      ...headers,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #answer({ method, url = '/', headers }: IncomingMessage): Promise<Answer | Stream> {
    const path = url.split('?', 1)[0] as string;
    const endpoint = this.#endpoints.get(path);
    if (!forEverybody.has(path)) {
      if (!this.#hosts.allow(headers.host))
        return textAnswer(
          'not by this host name; adminHosts in the configuration lists the names that may be used',
          421,
        );
      if (!this.#access.allows(headers.authorization))
        return textAnswer('a login is needed: the token, or a name and its password', 401, {
          'www-authenticate': 'Basic realm="memfleet", charset="UTF-8"',
        });
    }
    if (endpoint === undefined) return textAnswer(`there is ${this.#shownPaths().join(' ')}`, 404);
    if (method !== 'GET' && method !== 'HEAD') return textAnswer('only GET and HEAD', 405, { allow: 'GET, HEAD' });
    try {
      const answer = await endpoint();
      return 'open' in answer && method === 'HEAD' ? { status: 200, type: 'text/event-stream', body: '' } : answer;
    } catch (error) {
      this.#onError(error);
      return textAnswer('internal error; see the log', 500);
    }
  }

  /** The files of the page are found through the page. */
  #shownPaths(): string[] {
    return [...this.#endpoints.keys()].filter((path) => !path.startsWith('/page/'));
  }
}
