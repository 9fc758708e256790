import type { TransportEvents } from '../../src/net/transport.ts';
import { flow, type MemoryTransport, memoryPair } from './memory-transport.ts';

/** A client of a session in memory: says texts (byte strings) and collects what comes back. */
export class MemoryClient implements TransportEvents {
  /** What came and was not taken yet. */
  received = '';
  /** The other side sent its end, or dropped the connection. */
  isEnded = false;
  isClosed = false;
  readonly transport: MemoryTransport;
  /** The session's end of the wire. */
  readonly far: MemoryTransport;

  constructor(session: TransportEvents & { attach(transport: MemoryTransport): void }) {
    const [near, far] = memoryPair(this, session);
    this.transport = near;
    this.far = far;
    session.attach(far);
  }

  /** Sends a text and lets everything flow. */
  say(text: string): void {
    this.transport.write([Buffer.from(text, 'latin1')]);
    this.flow();
  }

  /** Sends a text and takes what comes back at once. */
  ask(text: string): string {
    this.say(text);
    return this.take();
  }

  /** What came since the last time. */
  take(): string {
    const text = this.received;
    this.received = '';
    return text;
  }

  flow(): void {
    flow(this.transport, this.far);
  }

  onData(chunk: Uint8Array): void {
    this.received += Buffer.from(chunk).toString('latin1');
  }

  onDrain(): void {}

  onEnd(): void {
    this.isEnded = true;
  }

  onClose(): void {
    this.isEnded = true;
    this.isClosed = true;
  }
}
