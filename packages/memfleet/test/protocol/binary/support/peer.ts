/** A raw connection to a real server. */
import { connect, type Socket } from 'node:net';
import { opcode } from '../../../../src/protocol/binary/opcodes.ts';
import { commandOf, encoded } from './wire.ts';

/** What a server said to some bytes: whole packets, and whether it closed then. */
export interface Said {
  readonly bytes: Buffer;
  readonly closed: boolean;
}

/** The opaque of the NOOP that marks the end of an exchange. */
const mark = 0xfeedfeed;
const markNoop = encoded(commandOf('noop', { packet: { opaque: mark } }));

/** Is there the answer to the marking NOOP at the end? */
function isMarked(bytes: Buffer): boolean {
  if (bytes.length < 24) return false;
  const last = bytes.subarray(bytes.length - 24);
  return last[0] === 0x81 && last[1] === opcode.noop && last.readUInt32BE(12) === mark;
}

/** One TCP connection; `ask` is one exchange. */
export class Peer {
  readonly #socket: Socket;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('error', () => {});
  }

  /** Sends the bytes and a NOOP behind them, and waits for that one's answer or for the end of the connection. */
  ask(bytes: Buffer): Promise<Said> {
    return this.send(Buffer.concat([bytes, markNoop]));
  }

  /** Sends the bytes as they are. */
  send(bytes: Buffer): Promise<Said> {
    const socket = this.#socket;
    let got: Buffer = Buffer.alloc(0);
    return new Promise((resolve) => {
      const settle = (closed: boolean): void => {
        socket.off('data', take);
        socket.off('close', end);
        resolve({ bytes: closed ? got : got.subarray(0, got.length - 24), closed });
      };
      const end = (): void => settle(true);
      const take = (data: Buffer): void => {
        got = Buffer.concat([got, data]);
        if (isMarked(got)) settle(false);
      };
      socket.on('data', take);
      socket.on('close', end);
      socket.write(bytes);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
