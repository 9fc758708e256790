/**
 * What the machine allows: `mg` pipelined over one socket, one promise a call, nothing else – no keys checked, no
 * deadlines, no pool, no nodes, no flags, no errors but the one that stops it. memfleet's cost of a get is held against
 * this one's (docs/performance.md).
 *
 *   get ─▶ text += "mg key v" ─▶ waiting (ring) ── microtask: one write ──▶ socket
 *   promise ◀── ring ◀── "VA <n>" + value ◀── one static buffer ◀───────────┘
 */
import { connect, type Socket } from 'node:net';
import type { Entrant, OpenClient, Ports } from '../entrant.ts';

type Resolve = (value: string | undefined) => void;

interface LatinBuffer extends Buffer {
  latin1Write(text: string, offset: number): number;
  latin1Slice(start: number, end: number): string;
}

const bufferSize = 64 * 1024;
const ringSize = 4096;
const ringMask = ringSize - 1;
const letterV = 86;
const space = 32;
const lineFeed = 10;
const zero = 48;

let taken: Resolve;
const take = (resolve: Resolve): void => {
  taken = resolve;
};

/** `mg` pipelined over one socket, and nothing else. Values are strings of bytes. */
class Bare {
  readonly #socket: Socket;
  readonly #input = Buffer.allocUnsafeSlow(bufferSize) as LatinBuffer;
  /** Two frames at most: what a read left over, and the read. */
  readonly #tail = Buffer.allocUnsafeSlow(bufferSize * 2) as LatinBuffer;
  #tailLength = 0;
  readonly #output = Buffer.allocUnsafeSlow(bufferSize) as LatinBuffer;
  #text = '';
  #isScheduled = false;
  readonly #ring: (Resolve | undefined)[] = Array.from({ length: ringSize }, () => undefined);
  #head = 0;
  #next = 0;
  readonly #flush = (): void => {
    this.#isScheduled = false;
    const length = this.#output.latin1Write(this.#text, 0);
    this.#text = '';
    // A plain socket has given the bytes to the kernel when `write` returns, so the buffer is free again: 256 short
    // commands never fill it.
    this.#socket.write(this.#output.subarray(0, length));
  };

  constructor(port: number) {
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: this.#input, callback: (count) => this.#read(count) },
    });
  }

  get(key: string): Promise<string | undefined> {
    const promise = new Promise<string | undefined>(take);
    this.#ring[this.#next++ & ringMask] = taken;
    this.#text += `mg ${key} v\r\n`;
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(this.#flush);
    }
    return promise;
  }

  /** For filling, before anything is measured. */
  set(key: string, value: string): Promise<unknown> {
    this.#text += `ms ${key} ${value.length}\r\n${value}\r\n`;
    const promise = new Promise<string | undefined>(take);
    this.#ring[this.#next++ & ringMask] = taken;
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(this.#flush);
    }
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(count: number): boolean {
    if (this.#tailLength === 0) this.#keep(this.#input, this.#parse(this.#input, count), count);
    else {
      this.#input.copy(this.#tail, this.#tailLength, 0, count);
      const length = this.#tailLength + count;
      this.#keep(this.#tail, this.#parse(this.#tail, length), length);
    }
    return true;
  }

  /** Keeps the frame that is not whole yet. */
  #keep(buffer: Buffer, start: number, end: number): void {
    buffer.copy(this.#tail, 0, start, end);
    this.#tailLength = end - start;
  }

  /** Resolves what is whole; returns where the rest begins. */
  #parse(buffer: LatinBuffer, length: number): number {
    let at = 0;
    for (;;) {
      let end = at;
      while (end < length && buffer[end] !== lineFeed) end++;
      if (end === length) return at;
      if (buffer[at] !== letterV) {
        this.#answer(undefined);
        at = end + 1;
        continue;
      }
      let size = 0;
      for (let i = at + 3; buffer[i] !== space && i < end - 1; i++) size = size * 10 + (buffer[i] as number) - zero;
      const start = end + 1;
      if (start + size + 2 > length) return at;
      this.#answer(buffer.latin1Slice(start, start + size));
      at = start + size + 2;
    }
  }

  #answer(value: string | undefined): void {
    const at = this.#head++ & ringMask;
    const resolve = this.#ring[at] as Resolve;
    this.#ring[at] = undefined;
    resolve(value);
  }
}

function open(ports: Ports): OpenClient {
  const bare = new Bare(ports.memcached);
  return { get: (key) => bare.get(key), set: (key, value) => bare.set(key, value), close: () => bare.close() };
}

export const bare: Entrant = {
  name: 'bare mg loop',
  role: 'variant',
  takes: (workload) => workload.size === 100 && workload.operation === 'get',
  open,
};
