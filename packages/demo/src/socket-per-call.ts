/**
 * The way it was: every call opens a socket to the key's node, says its command in the classic text protocol, reads the answer and closes the socket.
 *
 *   call ─ connect ─▶ request ─▶ reply ─▶ close
 *
 * Nothing else stands in its way (no handshake, no queue, no bound), so what is slow here is the sockets.
 */
import { connect, type Socket } from 'node:net';
import {
  ConnectError,
  ConnectionClosedError,
  type MemcacheError,
  NoNodesError,
  ServerError,
  TimeoutError,
} from 'memfleet';
import { type Answer, isErrorLine, parseAnswer, type Talk } from './text-cache.ts';

/** How to make calls. */
export interface SocketPerCallOptions {
  /** The address of the node that owns a key: `host:port`, `[v6]:port` or a socket path. */
  readonly nodeOf: (key: string) => string | undefined;
  /** Milliseconds for a call. */
  readonly timeout: number;
  /** The error of an error line. @default a node's answer */
  readonly errorOf?: (line: string) => MemcacheError;
}

/** See the head of this file. */
export class SocketPerCall implements Talk {
  readonly #options: SocketPerCallOptions;
  #opened = 0;
  #open = 0;
  #peak = 0;

  constructor(options: SocketPerCallOptions) {
    this.#options = options;
  }

  /** Sockets opened in all. */
  get opened(): number {
    return this.#opened;
  }

  /** Sockets open at once, the most so far. */
  get peak(): number {
    return this.#peak;
  }

  group(keys: readonly string[]): readonly (readonly string[])[] {
    const byNode = new Map<string | undefined, string[]>();
    for (const key of keys) {
      const node = this.#options.nodeOf(key);
      const list = byNode.get(node);
      if (list === undefined) byNode.set(node, [key]);
      else list.push(key);
    }
    return [...byNode.values()];
  }

  ask(key: string, request: readonly (string | Uint8Array)[]): Promise<Answer> {
    const node = this.#options.nodeOf(key);
    if (node === undefined) return Promise.reject(new NoNodesError('there is no node'));
    const { errorOf = (line: string) => new ServerError(line, 'server', 0, { node }) } = this.#options;
    return new Promise((resolve, reject) => {
      const socket = connect(address(node));
      this.#opened++;
      this.#peak = Math.max(this.#peak, ++this.#open);
      let isConnected = false;
      const chunks: Buffer[] = [];
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        socket.destroy();
        settle();
      };
      const fail = (why: string, cause?: Error): void => {
        const details = { node, sent: isConnected, cause };
        end(() => reject(isConnected ? new ConnectionClosedError(why, details) : new ConnectError(why, details)));
      };
      const timer = setTimeout(() => {
        end(() => reject(new TimeoutError(`${node}: no answer in time`, 'total', { node, sent: isConnected })));
      }, this.#options.timeout);
      socket.setNoDelay(true);
      socket.once('connect', () => {
        isConnected = true;
        send(socket, request);
      });
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        const answer = readAnswer(chunks);
        if (answer === undefined) return;
        end(() => (isErrorLine(answer.line) ? reject(errorOf(answer.line)) : resolve(answer)));
      });
      socket.on('error', (error) => fail(`${node}: ${error.message}`, error));
      socket.once('end', () => fail(`${node} closed the connection`));
      socket.once('close', () => {
        this.#open--;
      });
    });
  }
}

function send(socket: Socket, request: readonly (string | Uint8Array)[]): void {
  socket.cork();
  for (const part of request) socket.write(part);
  socket.uncork();
}

function address(node: string): { path: string } | { host: string; port: number } {
  if (node.startsWith('/')) return { path: node };
  const colon = node.lastIndexOf(':');
  return { host: node.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(node.slice(colon + 1)) };
}

/** The answer, when it is whole. Nothing comes after it. */
function readAnswer(chunks: Buffer[]): Answer | undefined {
  if (chunks.at(-1)?.at(-1) !== 0x0a) return undefined;
  const parsed = parseAnswer(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
  return typeof parsed === 'number' ? undefined : parsed.answer;
}
