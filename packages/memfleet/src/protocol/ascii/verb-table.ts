/** Finds the parser of a request line by its verb, without making a string of the verb. */
import type { Command } from '../../core/command.ts';
import type { Limits } from '../codec.ts';
import type { RequestLine } from './request-line.ts';

/**
 * Parses the lines of a verb. Sets `line.valueLength` when a data block follows: that of a `store` becomes its `value`,
 * that of an `invalid` command is skipped, so that the stream stays in step.
 */
export type ParseRequest = (line: RequestLine, limits: Limits) => Command;

const longestShort = 4;
const longest = 16;

function packed(verb: string): number {
  let code = 0;
  for (let i = 0; i < verb.length; i++) code = (code << 8) | verb.charCodeAt(i);
  return code;
}

/** The verbs that a connection understands; case matters, as in memcached. */
export class AsciiVerbTable {
  /** Verbs of 2 … 4 bytes by their bytes as one number. */
  readonly #short: ReadonlyMap<number, ParseRequest>;
  /** Longer verbs. */
  readonly #long: ReadonlyMap<string, ParseRequest>;
  /**
   * The short verb of the last lookup: a lookup is a tenth of decoding a get, and lines of the same verb come in runs.
   */
  #lastCode = 0;
  #last: ParseRequest | undefined = undefined;

  constructor(parsers: Readonly<Record<string, ParseRequest>>) {
    const entries = Object.entries(parsers);
    const isShort = ([verb]: readonly [string, ParseRequest]): boolean => verb.length <= longestShort;
    this.#short = new Map(entries.filter(isShort).map(([verb, parse]) => [packed(verb), parse]));
    this.#long = new Map(entries.filter((entry) => !isShort(entry)));
  }

  /** The parser for word 0 of the line. */
  find(line: RequestLine): ParseRequest | undefined {
    if (line.words === 0) return undefined;
    const length = line.wordLength(0);
    if (length > longestShort) return length > longest ? undefined : this.#long.get(line.word(0));
    const start = line.wordStart(0);
    const bytes = line.bytes;
    let code = bytes[start] as number;
    for (let i = 1; i < length; i++) code = (code << 8) | (bytes[start + i] as number);
    if (code !== this.#lastCode) {
      this.#lastCode = code;
      this.#last = this.#short.get(code);
    }
    return this.#last;
  }
}
