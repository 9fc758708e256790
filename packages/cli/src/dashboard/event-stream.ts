/**
 * Server-sent events for the browsers that look at the page.
 *
 *   event ─▶ every client ─ has read what it got? ─▶ its socket
 *                         └ holds more than the bound ─▶ closed; the browser comes back by itself, and begins anew
 */
import type { ServerResponse } from 'node:http';
import type { Answer, Stream } from '../proxy/admin/answer.ts';
import { textAnswer } from '../proxy/admin/answer.ts';

/** What is sent: a name, and plain data. */
export interface StreamEvent {
  readonly name: string;
  readonly data: unknown;
}

/** Bounds of the clients. */
export interface StreamBounds {
  /** Clients at once; one more receives 503. */
  readonly clients: number;
  /** Bytes that wait for one client: with more, the client is closed at the next event. */
  readonly held: number;
}

const defaultBounds: StreamBounds = { clients: 16, held: 1024 * 1024 };

/** After how long a browser comes back, in ms. */
const retry = 2000;

/** Sends events to all clients. */
export class EventStream {
  readonly #clients = new Set<ServerResponse>();
  readonly #bounds: StreamBounds;
  readonly #greet: () => readonly StreamEvent[];
  readonly #onClient: () => void;

  /** `greet`: what a new client gets first. `onClient`: a client came or went. */
  constructor(
    greet: () => readonly StreamEvent[],
    onClient: () => void = () => {},
    bounds: StreamBounds = defaultBounds,
  ) {
    this.#greet = greet;
    this.#onClient = onClient;
    this.#bounds = bounds;
  }

  /** The number of clients. */
  get clients(): number {
    return this.#clients.size;
  }

  /** The answer for one more client. */
  connect(): Answer | Stream {
    if (this.#clients.size < this.#bounds.clients) return { open: (response) => this.#open(response) };
    return textAnswer(`the limit of ${this.#bounds.clients} viewers is reached`, 503, {
      'retry-after': '10',
    });
  }

  /** Sends an event to every client. */
  send(event: StreamEvent): void {
    if (this.#clients.size === 0) return;
    const text = format(event);
    for (const client of this.#clients) this.#write(client, text);
  }

  /** Ends all. */
  close(): void {
    for (const client of this.#clients) client.destroy();
    this.#clients.clear();
  }

  #open(response: ServerResponse): void {
    this.#clients.add(response);
    response.once('close', () => {
      this.#clients.delete(response);
      this.#onClient();
    });
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    this.#write(response, `retry: ${retry}\n\n${this.#greet().map(format).join('')}`);
    this.#onClient();
  }

  #write(client: ServerResponse, text: string): void {
    if (client.writableLength > this.#bounds.held) client.destroy();
    else client.write(text);
  }
}

/** JSON has no line ends, which would end an event. */
function format({ name, data }: StreamEvent): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
