/**
 * Splits the endless response of a streaming URL into documents.
 *
 *   {…}\n\n\n\n{…}\n\n\n\n\n\n{…}     four newlines end a document, wherever the chunks end;
 *                                   further newlines are heartbeats
 *
 * The rest at the end of the response is a document as well: that of a URL that returns a single one. (Moxi checks the
 * end of each chunk only, and misses a mark that is split, or two documents in one chunk; docs/protocols.md#moxi)
 *
 * The work is linear in the bytes, however small the chunks are: every byte is searched once (and three of them again),
 * and becomes text once, at the end of its document. In UTF-8 no byte of a longer character looks like a newline.
 */
import { ConfigError } from '../../core/errors.ts';

const mark = '\n\n\n\n';
const smallest = 4096;
const none = Buffer.alloc(0);

/** Cuts the endless body of a streaming URL into documents, in linear time. */
export class DocumentSplitter {
  readonly #limit: number;
  readonly #decoder = new TextDecoder();
  /** The document so far, and free room behind it: the buffer doubles when it is full. */
  #bytes: Buffer = none;
  #length = 0;

  /** `limit`: the maximum size of a document in bytes; a larger one is a ConfigError. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The documents that end in this chunk. */
  push(chunk: Uint8Array): string[] {
    let searched = Math.max(0, this.#length - mark.length + 1);
    this.#append(chunk);
    const documents: string[] = [];
    const held = this.#bytes.subarray(0, this.#length);
    let start = 0;
    for (let end = held.indexOf(mark, searched); end >= 0; end = held.indexOf(mark, searched)) {
      const document = this.#text(start, end);
      if (document !== '') documents.push(document);
      start = end + mark.length;
      searched = start;
    }
    this.#drop(start);
    if (this.#length > this.#limit) throw new ConfigError(`the document is longer than ${this.#limit} bytes`);
    return documents;
  }

  /** Ends the response; returns the rest, if any. */
  end(): string | undefined {
    const rest = this.#text(0, this.#length);
    this.#drop(this.#length);
    return rest === '' ? undefined : rest;
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(smallest, length, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  /** Drops the bytes before `start`. Only a part of the last chunk can follow a mark. */
  #drop(start: number): void {
    if (start === 0) return;
    const rest = this.#bytes.subarray(start, this.#length);
    this.#bytes = none;
    this.#length = 0;
    this.#append(rest);
  }

  #text(start: number, end: number): string {
    return this.#decoder.decode(this.#bytes.subarray(start, end)).trim();
  }
}
