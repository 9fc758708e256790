/**
 * A connection that hears of every fetch of a node:
 *
 *   connect ─▶ (set, with the login) ─▶ watch fetchers ─▶ OK ─▶ ts=… type=item_get key=a status=found … size=5
 *
 * A reply without an end cannot share the connections of the client.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { placeOf, serverNameOf } from '../../fleet/node-place.ts';
import { WatchDecoder } from './watch-decoder.ts';

/** Where to watch, and how. */
export interface WatchTarget {
  /** `host:port`, `[v6]:port`, or the path of a Unix socket. */
  readonly node: string;
  readonly tls?: ConnectionOptions | undefined;
  readonly login?: { readonly username: string; readonly password: string } | undefined;
  /** Milliseconds until the node has to have agreed. */
  readonly timeout: number;
}

/** What a watch tells. */
export interface WatchEvents {
  /** The node agreed. */
  onWatching(): void;
  /** A key was asked for. `size`: bytes of the value; undefined where there was none. */
  onFetch(key: string, size: number | undefined): void;
  /** The node dropped so many events, as there were too many. */
  onSkipped(events: number): void;
  /** It is over. `isRefused`: the node does not know `watch`, or does not allow it. Not after `close`. */
  onEnd(reason: string, isRefused: boolean): void;
}

/** Hears of the fetches of one node. */
export class WatchConnection {
  readonly #events: WatchEvents;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  readonly #decoder: WatchDecoder;
  #isWatching = false;
  #isOver = false;

  constructor({ node, tls, login, timeout }: WatchTarget, events: WatchEvents) {
    this.#events = events;
    this.#decoder = new WatchDecoder({
      onFetch: (key, size) => this.#isOver || events.onFetch(key, size),
      onSkipped: (count) => this.#isOver || events.onSkipped(count),
      onReply: (line) => this.#onReply(line),
    });
    const socket =
      tls === undefined
        ? connectSocket(placeOf(node))
        : connectTls({ ...serverNameOf(node), ...tls, ...placeOf(node) });
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#end(`no reply to watch within ${timeout} ms`, false), timeout);
    socket.setEncoding('latin1');
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if (login === undefined) socket.write('watch fetchers\r\n');
      else socket.write(loginRequest(login));
    });
    socket.on('data', (text: string) => this.#decoder.push(text));
    socket.on('error', (error) => this.#end(error.message, false));
    socket.on('close', () => this.#end('the node closed the connection', false));
  }

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket.destroy();
  }

  #onReply(line: string): void {
    if (this.#isWatching || this.#isOver) return;
    if (line === 'STORED') this.#socket.write('watch fetchers\r\n');
    else if (line === 'OK') {
      this.#isWatching = true;
      clearTimeout(this.#timer);
      this.#events.onWatching();
    } else this.#end(line.slice(0, 100), true);
  }

  #end(reason: string, isRefused: boolean): void {
    if (this.#isOver) return;
    this.close();
    this.#events.onEnd(reason, isRefused);
  }
}

/** memcached's login of the text protocol: a store of any key. */
function loginRequest({ username, password }: { readonly username: string; readonly password: string }): Buffer {
  const value = Buffer.from(`${username} ${password}`);
  return Buffer.concat([Buffer.from(`set login 0 0 ${value.length}\r\n`), value, Buffer.from('\r\n')]);
}
