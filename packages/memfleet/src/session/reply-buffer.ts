/**
 * Encoded replies that wait for their place in the order, or for the end of the turn. Short ones are joined as one byte
 * string, which costs neither memory of its own nor a copy before the write; long values are not copied.
 *
 *   [ chunk  chunk … ] text
 */
import type { ByteWriter } from '../base/byte-writer.ts';
import { ownText } from '../base/bytes.ts';

/** Encoded replies that wait to be written. */
export class ReplyBuffer {
  #text = '';
  /** Whether the text is owned: no part of a larger one. */
  #isOwned = true;
  /** The chunks before the text. */
  #chunks: Uint8Array[] | undefined = undefined;

  /** The number of bytes that wait. */
  length = 0;

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /**
   * Takes everything from the writer; returns the number of bytes. It takes the writer's memory as well, which is never
   * written again. The text may be borrowed, see `makeOwned`.
   */
  fill(writer: ByteWriter): number {
    const text = writer.takeText();
    if (text !== undefined) {
      this.#text += text;
      this.#isOwned = false;
      this.length += text.length;
      return text.length;
    }
    const length = writer.length;
    this.length += length;
    const chunks = this.#seal();
    for (const chunk of writer.take()) chunks.push(chunk);
    writer.release(false);
    return length;
  }

  /**
   * Copies borrowed text. Replies that wait for long then do not keep alive the larger texts of which they are parts.
   */
  makeOwned(): void {
    if (this.#isOwned) return;
    this.#text = ownText(this.#text);
    this.#isOwned = true;
  }

  /** Takes everything from the other buffer. */
  append(other: ReplyBuffer): void {
    if (other.#chunks !== undefined) {
      const chunks = this.#seal();
      for (const chunk of other.#chunks) chunks.push(chunk);
      other.#chunks = undefined;
    }
    this.#text += other.#text;
    this.#isOwned &&= other.#isOwned;
    this.length += other.length;
    other.#text = '';
    other.length = 0;
  }

  /** Returns everything, in order, and is empty afterwards. */
  take(): readonly (string | Uint8Array)[] {
    const chunks: (string | Uint8Array)[] = this.#chunks ?? [];
    if (this.#text !== '') chunks.push(this.#text);
    this.#chunks = undefined;
    this.#text = '';
    this.length = 0;
    return chunks;
  }

  /** The chunks, with the text so far as the last of them. */
  #seal(): Uint8Array[] {
    const chunks = (this.#chunks ??= []);
    if (this.#text !== '') {
      chunks.push(Buffer.from(this.#text, 'latin1'));
      this.#text = '';
    }
    return chunks;
  }
}
