/** Reads what a node sends to a watcher: memcached's log lines, in any pieces. */

/** What the lines tell. */
export interface WatchSink {
  /** A key was asked for, URL-encoded. `size`: bytes of the value; undefined where there was none. */
  onFetch(key: string, size: number | undefined): void;
  /** The node dropped so many events, as there were too many. */
  onSkipped(events: number): void;
  /** A line that is no event: the reply to the login or to `watch`. */
  onReply(line: string): void;
}

/** Longer lines are no events: a key has at most 250 bytes, 750 characters when each is escaped. */
const longestLine = 4096;
const fetchLine = /\btype=item_get key=(\S+) status=(\w+).*?(?: size=(\d+))?$/;
const skippedLine = /^\[?skipped[=:] ?(\d{1,15})/;
const eventLine = /^ts=/;

/** A decoder of one connection. */
export class WatchDecoder {
  readonly #sink: WatchSink;
  #rest = '';
  /** The line was too long; what comes up to its end is left out. */
  #isSkipping = false;

  constructor(sink: WatchSink) {
    this.#sink = sink;
  }

  /** Each character is one byte. */
  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!this.#isSkipping && line.length <= longestLine) this.#read(line.endsWith('\r') ? line.slice(0, -1) : line);
      this.#isSkipping = false;
    }
    this.#isSkipping ||= rest.length > longestLine;
    this.#rest = this.#isSkipping ? '' : rest;
  }

  #read(line: string): void {
    const skipped = skippedLine.exec(line)?.[1];
    if (skipped !== undefined) this.#sink.onSkipped(Number(skipped));
    else if (!eventLine.test(line)) this.#sink.onReply(line);
    else {
      const [, key, status, size] = fetchLine.exec(line) ?? [];
      if (key !== undefined) this.#sink.onFetch(key, status === 'found' ? Number(size ?? 0) : undefined);
    }
  }
}
