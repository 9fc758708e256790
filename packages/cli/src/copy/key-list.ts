/**
 * The keys that a copy works through, in a file: a fleet may have more of them than fit into memory, and a copy that
 * was stopped continues in the middle of its list.
 *
 *   user%3A1 1700000060 64      key, exptime in Unix seconds (0 = no expiry), bytes of memory
 */
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { writing } from '../failure.ts';
import { escapeKey, unescapeKey } from '../fleet/key-text.ts';

/** A key of the list. */
export interface ListedKey {
  /** Without the prefix of the source. */
  readonly key: Uint8Array;
  /** Unix seconds; 0 = no expiry. */
  readonly exptime: number;
  /** Bytes of memory at the source. */
  readonly size: number;
}

/** Some keys in a row, and the place in the file behind them. */
export interface KeyBatch {
  readonly keys: readonly ListedKey[];
  readonly end: number;
}

/** A batch ends behind the item with which it has so many bytes. */
const mostBytes = 4 * 1024 * 1024;

const bufferLength = 256 * 1024;

/** Writes the list. Its file is new, or empty. */
export class KeyListWriter {
  readonly #path: string;
  readonly #file: number;
  #text = '';
  /** Keys so far. */
  keys = 0;
  /** Bytes of memory that the items of these keys take. */
  bytes = 0;

  constructor(path: string) {
    this.#path = path;
    this.#file = writing(path, () => openSync(path, 'w', 0o600));
  }

  add({ key, exptime, size }: ListedKey): void {
    this.#text += `${escapeKey(key, /[^\x21-\x24\x26-\x7e]/g)} ${exptime} ${size}\n`;
    this.keys++;
    this.bytes += size;
    if (this.#text.length >= bufferLength) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #write(bytes: Uint8Array, at: number): number {
    return writing(this.#path, () => writeSync(this.#file, bytes, at));
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text, 'latin1');
    for (let at = 0; at < bytes.length;) at += this.#write(bytes, at);
    this.#text = '';
  }
}

/** The list from a place on, in batches of `mostKeys` at most. */
export async function* readKeyList(
  path: string,
  start: number,
  mostKeys: number,
): AsyncGenerator<KeyBatch, void, undefined> {
  const input = createReadStream(path, { start, highWaterMark: bufferLength, encoding: 'latin1' });
  let keys: ListedKey[] = [];
  let bytes = 0;
  let end = start;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    const [key = '', exptime, size] = line.split(' ');
    end += line.length + 1;
    keys.push({ key: unescapeKey(key), exptime: Number(exptime), size: Number(size) });
    bytes += Number(size);
    if (keys.length < mostKeys && bytes < mostBytes) continue;
    yield { keys, end };
    keys = [];
    bytes = 0;
  }
  if (keys.length > 0) yield { keys, end };
}
