/**
 * Requests in datagrams (memcached `protocol.txt`, "UDP protocol"; `try_read_udp`, `build_udp_header`): a request is
 * one datagram, a reply as many as it needs. Each has eight bytes in front:
 *
 *   request id │ number of this datagram │ of how many │ 0          two bytes each
 *
 *   datagram ─▶ Session over its bytes ─▶ replies at the end of the turn ─▶ datagrams of at most 1400 bytes
 */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { MemcacheError } from '../core/errors.ts';
import { type Address, formatAddress, type Transport } from '../net/transport.ts';
import type { SessionContext } from './session-context.ts';
import { Session } from './session.ts';

type InetAddress = Extract<Address, { readonly host: string }>;

const headerBytes = 8;
/** memcached's `UDP_MAX_PAYLOAD_SIZE`, with the header. */
const datagramBytes = 1400;
const severalPackets = Buffer.from('SERVER_ERROR multi-packet request not supported\r\n');

/** Serves requests in datagrams. */
export class UdpListener {
  readonly #context: SessionContext;
  readonly #asked: InetAddress;
  #socket: Socket | undefined;
  #address: InetAddress | undefined;

  constructor(context: SessionContext, address: InetAddress) {
    this.#context = context;
    this.#asked = address;
  }

  /** The address on which it listens, with the assigned port; undefined before `listen`. */
  get address(): InetAddress | undefined {
    return this.#address;
  }

  /** Begins to receive. Rejects with a MemcacheError that names the address when that is not possible. */
  async listen(): Promise<InetAddress> {
    const { host, port } = this.#asked;
    try {
      const { address } = await lookup(host);
      const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
      this.#socket = socket;
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.bind({ address, port, exclusive: true }, () => resolve());
      });
      // Later errors are datagrams that could not be sent, which is as if they were lost on their way.
      socket.removeAllListeners('error').on('error', () => {});
      socket.on('message', (datagram, from) => this.#onDatagram(datagram, from));
      this.#address = { host, port: socket.address().port };
      return this.#address;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new MemcacheError(`cannot listen on UDP ${formatAddress(this.#asked)}: ${reason}`, { cause });
    }
  }

  /** Stops receiving. Idempotent. */
  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #onDatagram(datagram: Buffer, { address, port }: { readonly address: string; readonly port: number }): void {
    if (datagram.length <= headerBytes) return;
    const requestId = datagram.readUInt16BE(0);
    const send = (reply: Buffer): void => {
      const pieces = datagramsOf(requestId, reply);
      for (const piece of pieces) this.#socket?.send(piece, port, address);
    };
    if (datagram.readUInt16BE(4) !== 1) {
      send(severalPackets);
      return;
    }
    const session = new Session(this.#context, () => {});
    session.attach(new DatagramTransport(`client of ${formatAddress(this.#asked)}`, `udp:${address}:${port}`, send));
    session.onData(datagram.subarray(headerBytes));
    // What is left of the request has no other datagram to come in.
    session.finish();
  }
}

/** The reply in pieces, each behind its header. */
function datagramsOf(requestId: number, reply: Buffer): Buffer[] {
  const room = datagramBytes - headerBytes;
  const count = Math.ceil(reply.length / room);
  return Array.from({ length: count }, (_, index) => {
    const header = Buffer.alloc(headerBytes);
    header.writeUInt16BE(requestId, 0);
    header.writeUInt16BE(index, 2);
    header.writeUInt16BE(count, 4);
    return Buffer.concat([header, reply.subarray(index * room, (index + 1) * room)]);
  });
}

/** Collects the replies to one request and sends them when the session ends. */
class DatagramTransport implements Transport {
  readonly isFlushed = true;
  readonly bufferedBytes = 0;
  readonly peer: string;
  readonly remote: string;
  readonly #send: (reply: Buffer) => void;
  readonly #chunks: Buffer[] = [];

  constructor(peer: string, remote: string, send: (reply: Buffer) => void) {
    this.peer = peer;
    this.remote = remote;
    this.#send = send;
  }

  write(chunks: readonly (string | Uint8Array)[]): boolean {
    for (const chunk of chunks)
      this.#chunks.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : Buffer.from(chunk));
    return true;
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    const reply = Buffer.concat(this.#chunks.splice(0));
    if (reply.length > 0) this.#send(reply);
  }

  destroySoon(): void {
    this.end();
  }

  destroy(): void {
    this.end();
  }

  reset(): void {}
}
