/** A connection that gets one key, over and over. */
import { connect, type Socket } from 'node:net';

const end = 'END\r\n';

/** A client of the text protocol. */
export class TextConnection {
  readonly #socket: Socket;
  #received = '';
  #take: ((error?: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1');
      if (this.#received.endsWith(end)) this.#take?.();
    });
    socket.on('close', () => this.#take?.(new Error('the proxy closed a connection')));
    socket.on('error', () => {});
  }

  static open(port: number): Promise<TextConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new TextConnection(socket));
      });
    });
  }

  get(): Promise<void> {
    this.#received = '';
    this.#socket.write('get bench\r\n');
    return new Promise((resolve, reject) => {
      this.#take = (error) => {
        this.#take = undefined;
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  close(): void {
    this.#take = undefined;
    this.#socket.destroy();
  }
}
