/** A socket that speaks the classic text protocol, as it comes. */
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A text client on one socket, which closes at the end of the test. */
export class TextClient {
  readonly #socket: Socket;
  #received = '';
  #isClosed = false;
  #look: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1');
      this.#look();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isClosed = true;
      this.#look();
    });
    onTestFinished(() => void socket.destroy());
  }

  /** Connects to `host:port`. Rejects when it is refused. */
  static open(address: string): Promise<TextClient> {
    const colon = address.lastIndexOf(':');
    const socket = connect(Number(address.slice(colon + 1)), address.slice(0, colon));
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new TextClient(socket));
      });
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** What has come and ends like this; rejects when the other side closes before. */
  until(end: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        if (this.#received.endsWith(end)) {
          this.#look = () => {};
          resolve(this.#received);
          this.#received = '';
        } else if (this.#isClosed) reject(new Error(`closed after ${JSON.stringify(this.#received)}`));
      };
      this.#look();
    });
  }

  /** Sends a command; gives its answer. */
  ask(text: string, end = '\r\n'): Promise<string> {
    this.send(`${text}\r\n`);
    return this.until(end);
  }

  async set(key: string, value: string): Promise<string> {
    return this.ask(`set ${key} 0 0 ${value.length}\r\n${value}`);
  }

  /** The lines of the answer to a get. */
  async get(...keys: string[]): Promise<string> {
    return this.ask(`get ${keys.join(' ')}`, 'END\r\n');
  }

  close(): void {
    this.#socket.destroy();
  }
}
