/**
 * Reads the replies of the text protocol as they come, as cheaply as can be: values are skipped by their length, and
 * only `--verify` looks at them.
 *
 *   VALUE key flags size\r\n ─▶ skip size + 2      END\r\n ─▶ whole      STORED\r\n … ─▶ whole
 */
import type { KeyTable } from './key-table.ts';
import type { LoadRequest } from './request-source.ts';
import { endings } from './wire-requests.ts';

/** What the owner of the replies receives. */
export interface ReplyEvents {
  /** The request whose reply comes; undefined: none does. */
  awaited(): LoadRequest | undefined;
  /** The reply is whole. */
  done(hits: number, misses: number): void;
  /** The node refused the request. */
  refused(message: string): void;
  /** A value is not what was stored. */
  wrong(message: string): void;
  /** The bytes are no replies: the connection cannot be used any more. */
  lost(message: string): void;
}

const lineFeed = 10;
const space = 0x20;
const letterV = 0x56;
const letterE = 0x45;
const letterN = 0x4e;
const letterS = 0x53;
const letterT = 0x54;
const digit0 = 0x30;
const noBytes = Buffer.alloc(0);
/** No line of a reply is longer. */
const longestLine = 2048;

/** The replies of one connection. */
export class ReplyScanner {
  readonly #events: ReplyEvents;
  readonly #table: KeyTable;
  readonly #verify: boolean;
  /** Bytes of a line, or of a value that is checked, whose rest has not come. */
  #tail: Buffer = noBytes;
  /** Bytes of a value that are still to come. */
  #skip = 0;
  #hits = 0;
  /** Where in the keys of an `mget` its values are. */
  #position = 0;
  #isLost = false;

  constructor(events: ReplyEvents, table: KeyTable, verify: boolean) {
    this.#events = events;
    this.#table = table;
    this.#verify = verify;
  }

  /** The first `count` bytes of `chunk` have come. They are not used later. */
  read(chunk: Buffer, count: number): void {
    let bytes = chunk;
    let end = count;
    if (this.#tail.length > 0) {
      bytes = Buffer.concat([this.#tail, chunk.subarray(0, count)]);
      end = bytes.length;
      this.#tail = noBytes;
    }
    let at = 0;
    while (at < end && !this.#isLost) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, end - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      const next = this.#usual(bytes, at, end) || this.#line(bytes, at, end);
      if (next < 0) {
        if (end - at > longestLine && !this.#verify) this.#lose('a reply line has no end');
        else this.#tail = Buffer.from(bytes.subarray(at, end));
        return;
      }
      at = next;
    }
  }

  /**
   * Steps over a reply that has all its values, or `STORED`, without reading its lines. Returns the place behind it; 0
   * where it is another one, or is to be verified.
   */
  #usual(bytes: Buffer, at: number, end: number): number {
    const first = bytes[at];
    if (first === letterV && !this.#verify && this.#hits === 0) {
      const request = this.#events.awaited();
      const next = at + (request?.wire?.hitLength ?? 0);
      if (next === at || next > end || bytes[next - 5] !== letterE || bytes[next - 1] !== lineFeed) return 0;
      this.#whole(request?.numbers?.length ?? 1, 0);
      return next;
    }
    if (first !== letterS || bytes[at + 1] !== letterT || bytes[at + 7] !== lineFeed || at + 8 > end) return 0;
    if (this.#events.awaited()?.verb !== 'set') return 0;
    this.#whole(1, 0);
    return at + 8;
  }

  /** Returns the place behind the line, and behind its value where that is checked; -1 where bytes are missing. */
  #line(bytes: Buffer, at: number, end: number): number {
    let feed = at;
    while (feed < end && bytes[feed] !== lineFeed) feed++;
    if (feed === end) return -1;
    const request = this.#events.awaited();
    if (request === undefined) {
      this.#lose('a reply came that no request is for');
      return end;
    }
    const first = bytes[at];
    if (first === letterV && (request.verb === 'get' || request.verb === 'mget'))
      return this.#value(bytes, at, feed, end, request);
    if (first === letterE && bytes[at + 1] === letterN && bytes[at + 2] !== undefined)
      this.#whole(this.#hits, (request.numbers?.length ?? 1) - this.#hits);
    else this.#word(bytes.toString('latin1', at, feed - 1), request);
    return feed + 1;
  }

  #whole(hits: number, misses: number): void {
    this.#hits = 0;
    this.#position = 0;
    this.#events.done(hits, misses);
  }

  #word(text: string, { verb }: LoadRequest): void {
    const hasChanged = endings[text];
    if (hasChanged !== undefined) this.#whole(hasChanged ? 1 : 0, hasChanged ? 0 : 1);
    else if (verb === 'incr' && /^\d{1,20}\s*$/.test(text)) this.#whole(1, 0);
    else if (/^(?:ERROR|CLIENT_ERROR|SERVER_ERROR)/.test(text)) {
      this.#hits = 0;
      this.#position = 0;
      this.#events.refused(text.slice(0, 100));
    } else this.#lose(`an unexpected reply came: ${JSON.stringify(text.slice(0, 60))}`);
  }

  /** `VALUE key flags size`, from `at` to the line feed. */
  #value(bytes: Buffer, at: number, feed: number, end: number, request: LoadRequest): number {
    let keyEnd = at + 6;
    while (keyEnd < feed && bytes[keyEnd] !== space) keyEnd++;
    let place = keyEnd + 1;
    let flags = 0;
    for (let digit = (bytes[place] as number) - digit0; digit >= 0 && digit <= 9;) {
      flags = flags * 10 + digit;
      digit = (bytes[++place] as number) - digit0;
    }
    let size = 0;
    place++;
    for (let digit = (bytes[place] as number) - digit0; digit >= 0 && digit <= 9;) {
      size = size * 10 + digit;
      digit = (bytes[++place] as number) - digit0;
    }
    // A length that nobody stored is not waited for: it may be larger than memory.
    const isChecked = this.#verify && size <= this.#table.largestSize;
    if (isChecked && feed + 1 + size + 2 > end) return -1;
    if (isChecked) this.#check(bytes, at + 6, keyEnd, flags, feed + 1, size, request);
    else this.#skip = size + 2;
    if (this.#verify && !isChecked) this.#events.wrong(`a value of ${size} bytes came, and none has so many`);
    this.#hits++;
    return isChecked ? feed + 1 + size + 2 : feed + 1;
  }

  #check(
    bytes: Buffer,
    keyAt: number,
    keyEnd: number,
    flags: number,
    valueAt: number,
    size: number,
    request: LoadRequest,
  ): void {
    const key = bytes.toString('latin1', keyAt, keyEnd);
    const n = this.#numberOf(key, request);
    if (n === undefined) {
      this.#events.wrong(`a value of ${key} came for ${describe(request, this.#table)}`);
      return;
    }
    const value = bytes.toString('latin1', valueAt, valueAt + size);
    const end = bytes.toString('latin1', valueAt + size, valueAt + size + 2);
    const message = judge(this.#table, n, value, flags);
    if (message !== undefined || end !== '\r\n') this.#events.wrong(message ?? `the value of ${key} has no line end`);
  }

  /** Values come in the order of the keys; some may be missing. */
  #numberOf(key: string, { n, numbers }: LoadRequest): number | undefined {
    if (numbers === undefined) return this.#table.key(n) === key && this.#hits === 0 ? n : undefined;
    for (let at = this.#position; at < numbers.length; at++) {
      const number = numbers[at] as number;
      if (this.#table.key(number) !== key) continue;
      this.#position = at + 1;
      return number;
    }
    return undefined;
  }

  #lose(message: string): void {
    this.#isLost = true;
    this.#events.lost(message);
  }
}

function describe({ n, numbers }: LoadRequest, table: KeyTable): string {
  return numbers === undefined ? table.key(n) : `a get of ${numbers.length} keys`;
}

/** What is wrong with the value of a key, or undefined. */
export function judge(table: KeyTable, n: number, value: string, flags: number): string | undefined {
  const expected = table.value(n);
  if (value !== expected) {
    if (value.length !== expected.length)
      return `${table.key(n)} has ${value.length} bytes in place of ${expected.length}`;
    let at = 0;
    while (value[at] === expected[at]) at++;
    return `${table.key(n)} differs at byte ${at}: ${JSON.stringify(value.slice(at, at + 20))}`;
  }
  return flags === table.flags(n) ? undefined : `${table.key(n)} has the flags ${flags} in place of ${table.flags(n)}`;
}
