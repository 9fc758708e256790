/**
 * A socket that speaks the classic text protocol, as a plain client in any language does: requests one after the other
 * without waiting, answers in the same order.
 *
 *   ask ─▶ [ waiting … ] ─ one write a turn ─▶ socket
 *   answer ◀─ first waiting ◀─ parse ◀─ chunks ◀─
 */
import { connect, type Socket } from 'node:net';
import { ConnectError, ConnectionClosedError, type MemcacheError, TimeoutError } from 'memfleet';

/** An item of an answer. */
export interface Item {
  readonly value: Uint8Array;
  readonly cas: bigint;
}

/** A whole answer: its last line, and the items before it. */
export interface Answer {
  readonly line: string;
  readonly items: ReadonlyMap<string, Item>;
}

/** How to talk. */
export interface TextSocketOptions {
  /** `host:port`, `[v6]:port` or the path of a Unix socket. */
  readonly node: string;
  /** Milliseconds that an answer may take; then the socket is given up, as nobody knows whose the next answer is. */
  readonly timeout: number;
  /** The error of an error line. */
  readonly errorOf: (line: string) => MemcacheError;
  readonly onClose?: () => void;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: MemcacheError) => void;
  readonly timer: NodeJS.Timeout;
}

/** A socket that pipelines the classic text protocol. */
export class TextSocket {
  readonly #options: TextSocketOptions;
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #chunks: Buffer[] = [];
  #length = 0;
  /** So many bytes there must be before it is worth looking. */
  #needed = 0;
  #isConnected = false;
  #isLost = false;

  constructor(options: TextSocketOptions) {
    const { node, onClose } = options;
    this.#options = options;
    this.#socket = connect(address(node));
    this.#socket.setNoDelay(true);
    this.#socket.once('connect', () => (this.#isConnected = true));
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#fail(`${node}: ${error.message}`, error));
    this.#socket.once('end', () => this.#fail(`${node} closed the connection`));
    if (onClose !== undefined) this.#socket.once('close', onClose);
  }

  /** It can be asked no more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Rejects with a MemcacheError, also when the answer is an error line. */
  ask(request: readonly (string | Uint8Array)[]): Promise<Answer> {
    const socket = this.#socket;
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    for (const part of request) socket.write(part);
    const { node, timeout } = this.#options;
    return new Promise((resolve, reject) => {
      const late = (): void =>
        this.#lose(new TimeoutError(`${node}: no answer in time`, 'total', { node, sent: this.#isConnected }));
      this.#waiting.push({ resolve, reject, timer: setTimeout(late, timeout) });
    });
  }

  close(): void {
    this.#fail('the client was closed');
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    let at = 0;
    this.#needed = 0;
    while (at < bytes.length) {
      const parsed = parseAnswer(bytes, at);
      if (typeof parsed === 'number') {
        this.#needed = parsed - at;
        break;
      }
      at = parsed.end;
      this.#settle(parsed.answer);
    }
    const rest = bytes.subarray(at);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.shift();
    clearTimeout(waiting?.timer);
    const isError = /^(?:ERROR|CLIENT_ERROR|SERVER_ERROR)/.test(answer.line);
    if (isError) waiting?.reject(this.#options.errorOf(answer.line));
    else waiting?.resolve(answer);
  }

  #fail(why: string, cause?: Error): void {
    const details = { node: this.#options.node, sent: this.#isConnected, cause };
    this.#lose(this.#isConnected ? new ConnectionClosedError(why, details) : new ConnectError(why, details));
  }

  #lose(error: MemcacheError): void {
    this.#isLost = true;
    this.#socket.destroy();
    for (const { reject, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      reject(error);
    }
  }
}

function address(node: string): { path: string } | { host: string; port: number } {
  if (node.startsWith('/')) return { path: node };
  const colon = node.lastIndexOf(':');
  return { host: node.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(node.slice(colon + 1)) };
}

/**
 * Reads the answer that begins at `from`: it ends with a line that is not `VALUE …`. A number: so many bytes there must
 * be before it is worth looking again.
 */
export function parseAnswer(bytes: Buffer, from = 0): { readonly answer: Answer; readonly end: number } | number {
  const items = new Map<string, Item>();
  let at = from;
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return bytes.length + 1;
    const line = bytes.toString('latin1', at, end);
    if (!line.startsWith('VALUE ')) return { answer: { line, items }, end: end + 2 };
    const [, key, , length, cas] = line.split(' ');
    const start = end + 2;
    const stop = start + Number(length);
    if (stop + 2 > bytes.length) return stop + 2;
    items.set(key as string, { value: bytes.subarray(start, stop), cas: BigInt(cas ?? 0) });
    at = stop + 2;
  }
}
