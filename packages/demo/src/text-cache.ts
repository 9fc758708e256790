/** A cache by the classic text protocol: what is said and what the answers mean. How they travel is a matter of the talk. */
import type { Cache } from './cache.ts';

/** An item of an answer. */
export interface Item {
  readonly value: Uint8Array;
  readonly cas: bigint;
}

/** A whole answer: its last line, and the items before it. */
export interface Answer {
  readonly line: string;
  readonly items: ReadonlyMap<string, Item>;
}

/** Carries requests to where a key lives, and answers back. */
export interface Talk {
  /** Rejects with a MemcacheError, also when the answer is an error line. */
  ask(key: string, request: readonly (string | Uint8Array)[]): Promise<Answer>;
  /** Keys that can be asked for in one request. */
  group(keys: readonly string[]): readonly (readonly string[])[];
}

/** See the head of this file. */
export class TextCache implements Cache {
  readonly #talk: Talk;

  constructor(talk: Talk) {
    this.#talk = talk;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const { items } = await this.#talk.ask(key, [`get ${key}\r\n`]);
    return items.get(key)?.value;
  }

  async getMany(keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const parts = this.#talk
      .group(keys)
      .map((list) => this.#talk.ask(list[0] as string, [`get ${list.join(' ')}\r\n`]));
    const values = new Map<string, Uint8Array>();
    for (const { items } of await Promise.all(parts)) for (const [key, { value }] of items) values.set(key, value);
    return values;
  }

  async getWithCas(key: string): Promise<Item | undefined> {
    const { items } = await this.#talk.ask(key, [`gets ${key}\r\n`]);
    return items.get(key);
  }

  async set(key: string, value: Uint8Array, ttl: number): Promise<boolean> {
    const { line } = await this.#talk.ask(key, [`set ${key} 0 ${ttl} ${value.length}\r\n`, value, '\r\n']);
    return line === 'STORED';
  }

  async setMany(entries: ReadonlyMap<string, Uint8Array>, ttl: number): Promise<Map<string, boolean>> {
    const sets = [...entries].map(async ([key, value]) => [key, await this.set(key, value, ttl)] as const);
    return new Map(await Promise.all(sets));
  }

  async cas(key: string, value: Uint8Array, cas: bigint, ttl: number): Promise<'stored' | 'exists' | 'notFound'> {
    const { line } = await this.#talk.ask(key, [`cas ${key} 0 ${ttl} ${value.length} ${cas}\r\n`, value, '\r\n']);
    return line === 'STORED' ? 'stored' : line === 'EXISTS' ? 'exists' : 'notFound';
  }

  async delete(key: string): Promise<boolean> {
    const { line } = await this.#talk.ask(key, [`delete ${key}\r\n`]);
    return line === 'DELETED';
  }

  async incr(
    key: string,
    delta: number,
    options: { readonly initial: number; readonly ttl: number },
  ): Promise<number | undefined> {
    const count = `incr ${key} ${delta}\r\n`;
    const first = await this.#talk.ask(key, [count]);
    if (first.line !== 'NOT_FOUND') return Number(first.line);
    const text = String(options.initial);
    const made = await this.#talk.ask(key, [`add ${key} 0 ${options.ttl} ${text.length}\r\n${text}\r\n`]);
    if (made.line === 'STORED') return options.initial;
    const second = await this.#talk.ask(key, [count]);
    return second.line === 'NOT_FOUND' ? undefined : Number(second.line);
  }
}

/** An answer, and where it ends; or how many bytes there must be at least before it is worth looking again. */
export type Parsed = { readonly answer: Answer; readonly end: number } | number;

/** Reads the answer that begins at `from`. It ends with a line that is not `VALUE …`. */
export function parseAnswer(bytes: Buffer, from = 0): Parsed {
  const items = new Map<string, Item>();
  let at = from;
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return bytes.length + 1;
    const line = bytes.toString('latin1', at, end);
    if (!line.startsWith('VALUE ')) return { answer: { line, items }, end: end + 2 };
    const [, key, , length, cas] = line.split(' ');
    const start = end + 2;
    const stop = start + Number(length);
    if (stop + 2 > bytes.length) return stop + 2;
    items.set(key as string, { value: bytes.subarray(start, stop), cas: BigInt(cas ?? 0) });
    at = stop + 2;
  }
}

/** Is it the line of an error? */
export function isErrorLine(line: string): boolean {
  return /^(?:ERROR|CLIENT_ERROR|SERVER_ERROR)/.test(line);
}
