/** One GET of a configuration URL: its documents as they arrive, then its end. */
import { type ClientRequest, type IncomingMessage, request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Credentials } from '../../connection/credentials.ts';
import { AuthenticationError, ConfigError, ConnectError, MemcacheError } from '../../core/errors.ts';
import type { TlsOptions } from '../../net/dial.ts';
import type { Network } from '../../net/network.ts';
import { transportStream } from '../../net/transport-stream.ts';
import { unbracketed } from '../../net/transport.ts';
import { DocumentSplitter } from './document-splitter.ts';

/** The options of a request. */
export interface RestRequestOptions {
  readonly url: URL;
  /** For basic authentication. */
  readonly credentials: Credentials | undefined;
  readonly tls: TlsOptions | undefined;
  readonly clock: Clock;
  /** The time limit in milliseconds for the first document or the end. */
  readonly timeout: number;
  /** Milliseconds without traffic after which the kernel probes the connection. */
  readonly keepAliveDelay: number;
  /** The maximum size of a document in bytes. */
  readonly maxDocument: number;
  /** @default the sockets of this process */
  readonly network?: Network | undefined;
}

/** The events of a request. */
export interface RestRequestEvents {
  /** A document arrived. Returns false to stop the request; no event follows. */
  onDocument(text: string): boolean;
  /** The request is over. Called once. `wasStream`: the documents ended with the mark of a stream. */
  onEnd(error: MemcacheError | undefined, wasStream: boolean): void;
}

/** A request in progress. */
export interface RestRequest {
  /** Cancels the request; no event follows. */
  close(): void;
}

/** The URL for messages: without password. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** Starts the request. Events come later, never during the call. */
export function requestDocuments(options: RestRequestOptions, events: RestRequestEvents): RestRequest {
  return new Request(options, events);
}

/** Makes the request, whose connection is its own. */
function open({ keepAliveDelay, network, tls, url }: RestRequestOptions, what: RequestOptions): ClientRequest {
  const isTls = url.protocol === 'https:';
  const host = unbracketed(url.hostname);
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
  if (network === undefined) {
    const settings = { ...what, agent: false as const, host, port };
    const request = isTls ? requestHttps({ ...tls, ...settings }) : requestHttp(settings);
    return request.on('socket', (socket) => socket.setKeepAlive(true, keepAliveDelay));
  }
  const dialled = { address: { host, port }, tls: isTls ? (tls ?? {}) : undefined, keepAliveDelay };
  const createConnection = (): Duplex => transportStream((events) => network.dial(dialled, events, () => {}));
  return requestHttp({ ...what, host, port, createConnection });
}

class Request implements RestRequest {
  readonly #options: RestRequestOptions;
  readonly #events: RestRequestEvents;
  readonly #splitter: DocumentSplitter;
  readonly #request: ClientRequest;
  readonly #timer: Timer;
  #isOver = false;
  #wasStream = false;

  constructor(options: RestRequestOptions, events: RestRequestEvents) {
    this.#options = options;
    this.#events = events;
    this.#splitter = new DocumentSplitter(options.maxDocument);
    const { clock, timeout, url } = options;
    const path = url.pathname + url.search;
    this.#request = open(options, { path, headers: { accept: 'application/json', ...this.#authorization() } });
    this.#request.on('response', (response) => this.#read(response));
    this.#request.on('error', (error) => this.#end(this.#failure(error)));
    this.#request.end();
    this.#timer = clock.setTimer(timeout, () =>
      this.#end(new ConfigError(`${shownUrl(url)} returned no document within ${timeout} ms`)),
    );
  }

  close(): void {
    this.#isOver = true;
    this.#timer.clear();
    this.#request.destroy();
  }

  /** Credentials in the URL override those in the options. */
  #authorization(): Record<string, string> {
    const { credentials, url } = this.#options;
    const named = url.username !== '';
    if (!named && credentials === undefined) return {};
    const user = named ? decodeURIComponent(url.username) : credentials!.username;
    const password = named ? decodeURIComponent(url.password) : credentials!.password;
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  }

  #read(response: IncomingMessage): void {
    const { statusCode = 0 } = response;
    if (statusCode !== 200) {
      response.resume();
      this.#end(this.#refusal(statusCode));
      return;
    }
    response.on('data', (chunk: Buffer) => {
      try {
        for (const document of this.#splitter.push(chunk)) this.#give(document, true);
      } catch (error) {
        this.#end(this.#failure(error as Error));
      }
    });
    response.on('end', () => this.#finish());
    response.on('error', (error) => this.#end(this.#failure(error)));
    response.on('close', () => this.#end(this.#failure(new Error('the response ended early'))));
  }

  #finish(): void {
    const rest = this.#splitter.end();
    if (rest !== undefined) this.#give(rest, false);
    this.#end(undefined);
  }

  #give(document: string, wasStream: boolean): void {
    if (this.#isOver) return;
    this.#timer.clear();
    this.#wasStream = wasStream;
    if (!this.#events.onDocument(document)) this.close();
  }

  #end(error: MemcacheError | undefined): void {
    if (this.#isOver) return;
    this.close();
    this.#events.onEnd(error, this.#wasStream);
  }

  #refusal(statusCode: number): MemcacheError {
    const shown = shownUrl(this.#options.url);
    if (statusCode !== 401 && statusCode !== 403) return new ConfigError(`${shown} responded ${statusCode}`);
    const isNamed = this.#authorization()['authorization'] !== undefined;
    const what = isNamed
      ? 'refused the username or password'
      : 'requires a username and password, and none are configured';
    return new AuthenticationError(`${shown} ${what} (${statusCode})`);
  }

  #failure(error: Error): MemcacheError {
    const message = `${shownUrl(this.#options.url)}: ${error.message}`;
    return error instanceof MemcacheError
      ? new ConfigError(message, { cause: error })
      : new ConnectError(message, { cause: error });
  }
}
