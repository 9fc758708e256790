/**
 * The replies of one session on their way to its client.
 *
 *   immediate       context.writer ────────────┬─▶ transport ─ more than it should hold ─▶ clogged until it has drained
 *   later           buffer ─ end of the turn ──┘
 */
import type { ByteWriter } from '../base/byte-writer.ts';
import { bufferOf } from '../base/bytes.ts';
import type { Command } from '../core/command.ts';
import type { Reply } from '../core/reply.ts';
import type { Transport } from '../net/transport.ts';
import type { ServerCodec } from '../protocol/codec.ts';
import { ReplyBuffer } from './reply-buffer.ts';
import type { SessionContext } from './session-context.ts';

/** Writes the replies of one session to its client. */
export class Output {
  readonly #context: SessionContext;
  /** Replies whose turn has come. */
  readonly #out = new ReplyBuffer();
  /** The number of bytes in the buffer, and in the buffers of replies whose turn has not come. */
  heldBytes = 0;
  /** Whether the transport holds more than it should; it will drain. */
  isClogged = false;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** Whether nothing waits for the end of the turn. */
  get isEmpty(): boolean {
    return this.#out.isEmpty;
  }

  /** Whether more bytes are held for the client than its bound allows. */
  isOver(transport: Transport | undefined): boolean {
    const { maxHeldOutput } = this.#context.bounds;
    return this.heldBytes > maxHeldOutput || (this.isClogged && (transport?.bufferedBytes ?? 0) > maxHeldOutput);
  }

  /**
   * Encodes a reply into the buffer, or into `box` until its turn comes. Returns its length in bytes.
   */
  add(reply: Reply, to: Command, codec: ServerCodec | undefined, box: ReplyBuffer = this.#out): number {
    const { scratch } = this.#context;
    codec?.encodeReply(reply, to, scratch);
    return this.#fill(box);
  }

  /** Copies encoded replies into the buffer, or into `box` until their turn comes. */
  addBytes(bytes: Uint8Array, box: ReplyBuffer = this.#out): void {
    this.#context.scratch.copy(bytes);
    this.#fill(box);
  }

  #fill(box: ReplyBuffer): number {
    const bytes = box.fill(this.#context.scratch);
    this.heldBytes += bytes;
    return bytes;
  }

  /** Whether nothing waits and the context's writer is free, so that a reply may be written at once. */
  get mayWrite(): boolean {
    return this.#out.isEmpty && this.#context.writer.length === 0;
  }

  /**
   * Encodes the reply to the only command in flight and writes it; returns its length in bytes. Only when `mayWrite`.
   */
  writeLone(reply: Reply, to: Command, codec: ServerCodec | undefined, transport: Transport): number {
    const { writer } = this.#context;
    codec?.encodeReply(reply, to, writer);
    return this.#writeAll(writer, transport);
  }

  /** The turn of the replies in `box` has come. */
  append(box: ReplyBuffer): void {
    this.#out.append(box);
  }

  /** Drops all output. */
  drop(): void {
    this.#out.take();
    this.heldBytes = 0;
  }

  /** Writes the immediate replies. */
  writeDirect(transport: Transport | undefined): void {
    const { writer } = this.#context;
    if (writer.length === 0) return;
    if (transport === undefined) {
      writer.clear();
      return;
    }
    this.#writeAll(writer, transport);
  }

  /** Writes the replies whose turn has come. */
  writeBuffered(transport: Transport | undefined): void {
    if (this.#out.isEmpty || transport === undefined) return;
    const bytes = this.#out.length;
    this.heldBytes -= bytes;
    this.#write(transport, bytes, this.#out.take());
  }

  /**
   * Short texts are written as strings: Node copies them on the stack, which costs less than a view of the writer's
   * memory.
   */
  #writeAll(writer: ByteWriter, transport: Transport): number {
    const bytes = writer.length;
    if (bytes === 0) return 0;
    const text = writer.takeText();
    this.#write(transport, bytes, text === undefined ? writer.take() : [text]);
    if (text === undefined) writer.release(transport.isFlushed);
    return bytes;
  }

  #write(transport: Transport, bytes: number, chunks: readonly (string | Uint8Array)[]): void {
    const { counters, bounds } = this.#context;
    counters.bytesWritten += bytes;
    // Output that waits for a slow client must not keep the texts of which it is a part.
    const kept = transport.bufferedBytes > 0 ? chunks.map((chunk) => bufferOf(chunk)) : chunks;
    if (!transport.write(kept) && transport.bufferedBytes > bounds.maxOutput) this.isClogged = true;
  }
}
