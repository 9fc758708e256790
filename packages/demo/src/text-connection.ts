/**
 * One persistent socket that speaks the classic text protocol, as a plain client in any language does: requests one after the other without waiting, answers in
 * the same order.
 *
 *   ask ─▶ [ waiting … ] ─ one write a turn ─▶ socket
 *   answer ◀─ first waiting ◀─ parse ◀─ chunks ◀─
 */
import { connect, type Socket } from 'node:net';
import { ConnectionClosedError, type MemcacheError, TimeoutError } from 'memfleet';
import { type Answer, isErrorLine, parseAnswer } from './text-cache.ts';

/** How to talk. */
export interface TextConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** Milliseconds that an answer may take; then the connection is given up, as nobody knows whose the next answer is. */
  readonly timeout: number;
  /** The error of an error line. */
  readonly errorOf: (line: string) => MemcacheError;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: MemcacheError) => void;
  readonly deadline: number;
}

/** How often it is looked whether an answer is late, in ms. */
const period = 100;

/** See the head of this file. A connection that was lost is made anew at the next request. */
export class TextConnection {
  readonly #options: TextConnectionOptions;
  #socket: Socket | undefined;
  #waiting: Waiting[] = [];
  #chunks: Buffer[] = [];
  #length = 0;
  /** So many bytes there must be before it is worth looking. */
  #needed = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(options: TextConnectionOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), period);
    this.#timer.unref();
  }

  ask(request: readonly (string | Uint8Array)[]): Promise<Answer> {
    const socket = (this.#socket ??= this.#dial());
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    for (const part of request) socket.write(part);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject, deadline: performance.now() + this.#options.timeout });
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#lose(new ConnectionClosedError('the client was closed', { sent: true }));
  }

  #dial(): Socket {
    const { host, port } = this.#options;
    const socket = connect({ host, port, noDelay: true });
    const lose = (why: string): void => {
      if (this.#socket === socket) this.#lose(new ConnectionClosedError(`${host}:${port} ${why}`, { sent: true }));
    };
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => lose(error.message));
    socket.on('close', () => lose('closed the connection'));
    return socket;
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
    if (isErrorLine(answer.line)) waiting?.reject(this.#options.errorOf(answer.line));
    else waiting?.resolve(answer);
  }

  #look(): void {
    const [first] = this.#waiting;
    if (first === undefined || performance.now() < first.deadline) return;
    const { host, port } = this.#options;
    this.#lose(new TimeoutError(`${host}:${port}: no answer in time`, 'total', { sent: true }));
  }

  #lose(error: MemcacheError): void {
    const waiting = this.#waiting;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#waiting = [];
    this.#chunks = [];
    this.#length = 0;
    this.#needed = 0;
    socket?.destroy();
    for (const { reject } of waiting) reject(error);
  }
}
