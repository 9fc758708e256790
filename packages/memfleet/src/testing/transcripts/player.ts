/**
 * Plays transcripts against a server, and tells the first reply that is another than the one written down.
 */
import { connect, type Socket } from 'node:net';
import type { Exchange, Transcript } from './transcript.ts';

/** Whose replies are expected: `memcached` of a version, or `memfleet`, with its deliberate differences. */
export type Speaker = { readonly name: 'memfleet' } | { readonly name: 'memcached'; readonly version: string };

/** After this many milliseconds without the expected reply a test fails, and shows what it received. */
const patienceMs = 4_000;

/** What the speaker replies. */
export function expected(exchange: Exchange, speaker: Speaker): string {
  if (speaker.name === 'memfleet') return exchange.memfleet ?? exchange.expect;
  return isNewer(speaker.version) ? (exchange.newer ?? exchange.expect) : exchange.expect;
}

/** Is it newer than 1.6.18, which the transcripts are written after? */
function isNewer(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > 1 || (major === 1 && (minor > 6 || (minor === 6 && patch > 18)));
}

const placeholder = /\{(\*|\w+)\}/g;

const free: Readonly<Record<string, RegExp>> = { '*': /[^\r\n]*/y, stats: /(?:STAT \S+ [^\r\n]*\r\n)+/y };
const anyNumber = /-?\d+/y;

/** A time to live that is counted down in seconds while a test runs. */
function isAbout(value: number, set: number): boolean {
  return value <= set && value > set - 10;
}

/**
 * How much of `received` the reply covers; −1 when it does not. Numbers bound before stand as they are, new ones are
 * bound.
 */
function cover(reply: string, received: string, bound: Map<string, string>): number {
  const found = new Map(bound);
  let at = 0;
  for (const [index, part] of reply.split(placeholder).entries()) {
    const isName = index % 2 === 1;
    const wanted = isName ? (free[part] === undefined ? found.get(part) : undefined) : part;
    if (wanted !== undefined) {
      if (!received.startsWith(wanted, at)) return -1;
      at += wanted.length;
      continue;
    }
    const pattern = free[part] ?? anyNumber;
    pattern.lastIndex = at;
    const match = pattern.exec(received);
    if (match === null) return -1;
    const about = /^about(\d+)$/.exec(part);
    if (about !== null) {
      if (!isAbout(Number(match[0]), Number(about[1]))) return -1;
    } else if (free[part] === undefined) found.set(part, match[0]);
    at += match[0].length;
  }
  for (const [name, value] of found) bound.set(name, value);
  return at;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 400 ? `${text.slice(0, 200)}…(${text.length} bytes)…${text.slice(-100)}` : text);
}

/** A connection that remembers what came and wakes its reader. */
class Line {
  readonly #socket: Socket;
  #received = '';
  #closed = false;
  #wake: () => void = () => {};

  constructor(port: number, host: string) {
    this.#socket = connect({ port, host, noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => {
      this.#received += text;
      this.#wake();
    });
    const closed = (): void => {
      this.#closed = true;
      this.#wake();
    };
    this.#socket.on('end', closed).on('error', closed).on('close', closed);
  }

  get received(): string {
    return this.#received;
  }

  get closed(): boolean {
    return this.#closed;
  }

  take(length: number): void {
    this.#received = this.#received.slice(length);
  }

  send(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  /** Waits until `ready` says yes. False when patience or the connection ended before. */
  async until(ready: () => boolean): Promise<boolean> {
    const patience = AbortSignal.timeout(patienceMs);
    const wake = (): void => this.#wake();
    patience.addEventListener('abort', wake);
    try {
      for (;;) {
        if (ready()) return true;
        if (this.#closed || patience.aborted) return false;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      patience.removeEventListener('abort', wake);
    }
  }
}

async function exchangeOnce(
  line: Line,
  exchange: Exchange,
  speaker: Speaker,
  bound: Map<string, string>,
): Promise<void> {
  const reply = expected(exchange, speaker);
  line.send(exchange.send.replaceAll(placeholder, (text, name: string) => bound.get(name) ?? text));
  let covered = -1;
  await line.until(() => {
    if (reply === '' && exchange.closes === true && !line.closed) return false;
    covered = cover(reply, line.received, bound);
    return covered >= 0;
  });
  if (covered < 0) {
    throw new Error(
      `to ${shown(exchange.send)} the reply was ${shown(line.received)}${line.closed ? ' and the end' : ''}, not ${shown(reply)}`,
    );
  }
  line.take(covered);
  if (exchange.closes !== true) return;
  if (!(await line.until(() => line.closed)) || line.received !== '') {
    throw new Error(`after ${shown(exchange.send)} the connection should end, but: ${shown(line.received)}`);
  }
}

/** Plays one transcript on a connection of its own. Throws what differs. */
export async function playTranscript(
  transcript: Transcript,
  port: number,
  speaker: Speaker,
  host = '127.0.0.1',
): Promise<void> {
  const line = new Line(port, host);
  const bound = new Map<string, string>();
  const ends = transcript.exchanges.at(-1)?.closes === true;
  const before = { send: 'flush_all\r\n', expect: 'OK\r\n' };
  // Shows that nothing more came than was expected.
  const after =
    transcript.protocol === 'meta'
      ? { send: 'mn\r\n', expect: 'MN\r\n' }
      : { send: 'version\r\n', expect: 'VERSION {*}\r\n' };
  try {
    for (const exchange of [before, ...transcript.exchanges, ...(ends ? [] : [after])]) {
      await exchangeOnce(line, exchange, speaker, bound);
    }
    if (line.received !== '') throw new Error(`unexpected bytes after the last reply: ${shown(line.received)}`);
  } finally {
    line.hangUp();
  }
}

/** The version that the server on this port says it is. */
export async function askVersion(port: number, host = '127.0.0.1'): Promise<string> {
  const line = new Line(port, host);
  try {
    line.send('version\r\n');
    const said = /^VERSION (\S+)\r\n/;
    await line.until(() => said.test(line.received));
    return said.exec(line.received)?.[1] ?? '';
  } finally {
    line.hangUp();
  }
}
