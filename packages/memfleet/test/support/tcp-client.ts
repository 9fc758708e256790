import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { Address } from '../../src/net/transport.ts';

/**
 * A plain client on a real socket: sends texts (byte strings) and waits for what it expects. It half-closes only when
 * told to.
 */
export class TcpClient {
  readonly socket: Socket;
  /** Resolves when the other side sent its end or the connection broke. */
  readonly ended: Promise<void>;
  #received: Buffer[] = [];
  #length = 0;
  #isEnded = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      this.#length += chunk.length;
      this.#wake();
    });
    socket.on('error', () => {});
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.#isEnded = true;
        this.#wake();
        resolve();
      };
      socket.once('end', end).once('close', end);
    });
  }

  /** Connects; over TLS when options for that are given. */
  static async connect(address: Address, tls?: ConnectionOptions): Promise<TcpClient> {
    const options = { ...address, noDelay: true, allowHalfOpen: true } as NetConnectOpts;
    const socket = tls === undefined ? connect(options) : connectTls({ ...options, ...tls } as ConnectionOptions);
    await new Promise<void>((resolve, reject) => {
      socket.once(tls === undefined ? 'connect' : 'secureConnect', resolve);
      socket.once('error', reject);
    });
    return new TcpClient(socket);
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Takes everything as soon as it ends with `suffix`, or the other side ended. */
  async until(suffix: string): Promise<string> {
    while (!this.#isEnded && !this.#tail(suffix.length).endsWith(suffix)) await this.#more();
    return this.take();
  }

  /** Takes everything as soon as there are `length` bytes, or the other side ended. */
  async bytes(length: number): Promise<string> {
    while (!this.#isEnded && this.#length < length) await this.#more();
    return this.take();
  }

  /** Sends, and takes what comes up to `suffix`. */
  ask(text: string, suffix: string): Promise<string> {
    this.send(text);
    return this.until(suffix);
  }

  /** What came and was not taken. */
  take(): string {
    const text = Buffer.concat(this.#received).toString('latin1');
    this.#received = [];
    this.#length = 0;
    return text;
  }

  /** Takes what comes until the other side ends. */
  async rest(): Promise<string> {
    await this.ended;
    return this.take();
  }

  close(): void {
    this.socket.destroy();
  }

  #tail(length: number): string {
    let tail = '';
    for (let i = this.#received.length - 1; i >= 0 && tail.length < length; i--) {
      tail = (this.#received[i] as Buffer).subarray(-length).toString('latin1') + tail;
    }
    return tail;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
