/**
 * A REST port of a node, with TLS or without: the documents of rest-routes.ts by HTTP.
 *
 *   GET ─▶ document                          one response
 *       └▶ stream: document, four newlines, and again at every change, until either side closes
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import { MemcacheError } from '../../core/errors.ts';
import { clientCertificateOf } from '../../net/client-certificate.ts';
import type { Network, Port } from '../../net/network.ts';
import { transportStream } from '../../net/transport-stream.ts';
import { formatAddress, type InternetAddress } from '../../net/transport.ts';
import { systemNetwork } from '../../session/system-network.ts';
import type { ClusterState } from './cluster-state.ts';
import { listenOn, portSettings } from './node-port.ts';
import { restResponse, type RestUser } from './rest-routes.ts';
import { isAboutScopes, scopesReply } from './rest-scopes.ts';

/** Bytes of a form that are read at most. */
const longestForm = 65_536;

/** The separator after each document of a stream. */
const separator = '\n\n\n\n';

/** A test's own response to a request; true = it responded. */
export type RestHook = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A REST port of a simulated node. */
export class RestServer {
  /** Receives every request first. */
  hook: RestHook | undefined;
  readonly #state: ClusterState;
  readonly #node: number;
  readonly #server: Server;
  readonly #tls: TlsOptions | undefined;
  /** Where it does not listen on sockets. */
  #port: Port | undefined;
  readonly #streams = new Map<ServerResponse, () => unknown>();
  #stopListening: (() => void) | undefined;

  /** `tls`: undefined = HTTP without TLS. */
  constructor(state: ClusterState, node: number, tls: TlsOptions | undefined) {
    this.#state = state;
    this.#node = node;
    this.#tls = tls;
    const onRequest = (request: IncomingMessage, response: ServerResponse): void => this.#onRequest(request, response);
    // A network without sockets gives connections behind their TLS.
    const isPlain = tls === undefined || state.options.networkOf(node) !== systemNetwork;
    this.#server = isPlain ? createServer(onRequest) : createTlsServer(tls, onRequest);
  }

  /** Open streams. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Begins to accept; resolves with the port. */
  listen(host: string, port: number): Promise<number> {
    const network = this.#state.options.networkOf(this.#node);
    return network === systemNetwork ? this.#listen(host, port) : this.#listenOn(network, { host, port });
  }

  /** HTTP on transports. */
  async #listenOn(network: Network, asked: InternetAddress): Promise<number> {
    const { clock } = this.#state.options;
    this.#port = network.port(
      { clock, tls: this.#tls, ...portSettings },
      {
        onConnection: (attach) => void this.#server.emit('connection', transportStream(attach)),
        onFailed() {},
        onRejected() {},
      },
    );
    const bound = await listenOn(this.#port, asked);
    this.#stopListening = this.#state.onPublish(() => this.#publish());
    return bound;
  }

  #listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const fail = (cause: Error): void => {
        reject(new MemcacheError(`cannot listen on ${formatAddress({ host, port })}: ${cause.message}`, { cause }));
      };
      this.#server.once('error', fail);
      this.#server.listen(port, host, () => {
        this.#server.off('error', fail);
        this.#stopListening = this.#state.onPublish(() => this.#publish());
        const address = this.#server.address();
        resolve(address === null || typeof address === 'string' ? port : address.port);
      });
    });
  }

  /** Ends all connections. Resolves when the port is free. */
  async close(): Promise<void> {
    this.#stopListening?.();
    const portClosed = this.#port?.close();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    await portClosed;
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    // The time of day is not that of the clock.
    response.sendDate = this.#port === undefined;
    if (this.hook?.(request, response) === true) {
      request.resume();
      return;
    }
    const path = new URL(request.url ?? '/', 'http://node').pathname.replace(/\/$/, '');
    if (isAboutScopes(path)) {
      readForm(request, (fields) => {
        const { code, body } = scopesReply(this.#state, {
          method: request.method ?? '',
          path,
          fields,
          user: this.#userOf(request),
        });
        if (code === 401) askForLogin(response);
        send(response, code, body);
      });
      return;
    }
    request.resume();
    // SDKs show the text to their users.
    if (request.method !== 'GET')
      return send(response, 404, `the simulated cluster does not model ${request.method} ${path}`);
    const found = restResponse(this.#state, this.#node, path, this.#userOf(request));
    switch (found.kind) {
      case 'login':
        askForLogin(response);
        return send(response, 401, '');
      case 'missing':
        return send(response, 404, 'Object Not Found');
      case 'document':
        return send(response, 200, found.make());
      case 'stream':
        return this.#stream(response, found.make);
    }
  }

  /** A certificate stands for the password of its user. */
  #userOf(request: IncomingMessage): RestUser | undefined {
    const certificate = clientCertificateOf(request.socket);
    if (certificate === undefined || request.headers.authorization !== undefined) return basicLoginOf(request);
    const name = this.#state.userOf(certificate);
    return name === undefined ? undefined : { name, password: this.#state.passwordOf(name) ?? '' };
  }

  #stream(response: ServerResponse, make: () => unknown): void {
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
    this.#streams.set(response, make);
    response.once('close', () => this.#streams.delete(response));
    response.write(JSON.stringify(make()) + separator);
  }

  #publish(): void {
    for (const [response, make] of this.#streams) response.write(JSON.stringify(make()) + separator);
  }
}

function send(response: ServerResponse, code: number, body: unknown): void {
  const isText = typeof body === 'string';
  response.writeHead(code, { 'Content-Type': isText ? 'text/plain' : 'application/json; charset=utf-8' });
  response.end(isText ? body : JSON.stringify(body));
}

function askForLogin(response: ServerResponse): void {
  response.setHeader('WWW-Authenticate', 'Basic realm="Couchbase Server Admin / REST"');
}

/** Reads the body as a form. What exceeds the longest is ignored. */
function readForm(request: IncomingMessage, onForm: (fields: URLSearchParams) => void): void {
  let text = '';
  request.setEncoding('latin1');
  request.on('data', (chunk: string) => {
    if (text.length < longestForm) text += chunk;
  });
  request.once('end', () => onForm(new URLSearchParams(text)));
}

/** HTTP's basic authentication (RFC 7617). */
function basicLoginOf({ headers }: IncomingMessage): RestUser | undefined {
  const match = /^Basic\s+(\S+)$/i.exec(headers.authorization ?? '');
  if (match === null) return undefined;
  const text = Buffer.from(match[1]!, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
