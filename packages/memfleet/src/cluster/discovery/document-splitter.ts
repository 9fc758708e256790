/**
 * Cuts the endless answer of a streaming URL into documents.
 *
 *   {…}\n\n\n\n{…}\n\n\n\n\n\n{…}     four newlines end a document, wherever the chunks end; further newlines are heartbeats
 *
 * What is left when the answer ends is a document as well: that of a URL that gives one and is done. (Moxi looks at the end of each chunk only, and misses a
 * mark that is split, or two documents in one chunk; systems-and-protocols 3.3)
 */
import { ConfigError } from '../../errors.ts';

const mark = '\n\n\n\n';

/** See the head of this file. */
export class DocumentSplitter {
  readonly #limit: number;
  readonly #decoder = new TextDecoder();
  #text = '';
  /** Up to here there is no mark. */
  #searched = 0;

  /** `limit`: characters of a document at most; more is a ConfigError. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The documents that end in this chunk. */
  push(chunk: Uint8Array): string[] {
    this.#text += this.#decoder.decode(chunk, { stream: true });
    const documents: string[] = [];
    for (let end = this.#find(); end >= 0; end = this.#find()) {
      const document = this.#text.slice(0, end).trim();
      if (document !== '') documents.push(document);
      this.#text = this.#text.slice(end + mark.length);
      this.#searched = 0;
    }
    if (this.#text.length > this.#limit) throw new ConfigError(`the document is longer than ${this.#limit} characters`);
    return documents;
  }

  /** The answer is over: what is left, if anything. */
  end(): string | undefined {
    const rest = (this.#text + this.#decoder.decode()).trim();
    this.#text = '';
    this.#searched = 0;
    return rest === '' ? undefined : rest;
  }

  #find(): number {
    const at = this.#text.indexOf(mark, this.#searched);
    if (at < 0) this.#searched = Math.max(0, this.#text.length - mark.length + 1);
    return at;
  }
}
