/** Where bytes go that a socket reads, without a socket: every read is played by hand. */
import { describe, expect, test } from 'vitest';
import { ReadBuffer } from '../../src/net/read-buffer.ts';
import type { TransportEvents } from '../../src/net/transport.ts';

const first = 64 * 1024;
const last = 256 * 1024;
const peek = 4 * 1024;

/** A receiver that notes what it is given; `target` is what it wishes the next bytes into. */
class Receiver implements TransportEvents {
  readonly chunks: number[] = [];
  readonly filled: number[] = [];
  target: Uint8Array | undefined;
  readonly reads: ReadBuffer = new ReadBuffer(this);

  onData(chunk: Uint8Array): void {
    this.chunks.push(chunk.length);
  }
  onFilled(count: number): void {
    this.filled.push(count);
  }
  onReadTarget(): Uint8Array | undefined {
    return this.target;
  }
  onDrain(): void {}
  onEnd(): void {}
  onClose(): void {}

  /** One read of `count` bytes, or of as many as fit. Returns the size of the buffer. */
  read(count?: number): number {
    const { length } = this.reads.next();
    this.reads.filled(count ?? length);
    return length;
  }
}

describe('the read buffer', () => {
  test('is the same memory for every read, and gives what was read', () => {
    const receiver = new Receiver();
    const one = receiver.reads.next();
    receiver.reads.filled(10);
    expect(receiver.reads.next()).toBe(one);
    receiver.reads.filled(one.length);
    expect(receiver.chunks).toEqual([10, first]);
  });

  test('doubles after four reads that filled it, up to 256 KB', () => {
    const receiver = new Receiver();
    const sizes = Array.from({ length: 12 }, () => receiver.read());
    expect(sizes).toEqual([
      first,
      first,
      first,
      first,
      2 * first,
      2 * first,
      2 * first,
      2 * first,
      last,
      last,
      last,
      last,
    ]);
    for (let i = 0; i < 20; i++) expect(receiver.read()).toBe(last);
  });

  test('stays as it is while reads leave room', () => {
    const receiver = new Receiver();
    for (let i = 0; i < 50; i++) expect(receiver.read(first - 1)).toBe(first);
  });

  test('does not grow for large values: they are read where the receiver wants them', () => {
    const receiver = new Receiver();
    const value = new Uint8Array(100_000);
    for (let i = 0; i < 50; i++) {
      receiver.target = undefined;
      const head = receiver.reads.next();
      receiver.target = value;
      receiver.reads.filled(head.length);
      expect(receiver.reads.next()).toBe(value);
      receiver.reads.filled(100_000 - head.length);
    }
    expect(receiver.filled).toEqual([100_000 - first, ...Array.from({ length: 49 }, () => 100_000 - peek)]);
  });

  test('is used to a small part behind a large value, until so much came that had no large value in it', () => {
    const receiver = new Receiver();
    receiver.target = new Uint8Array(100_000);
    receiver.read();
    receiver.target = undefined;
    expect(receiver.read(100)).toBe(peek);
    expect(receiver.read(peek - 1)).toBe(peek);
    expect(receiver.read(peek)).toBe(peek);
    expect(receiver.read(100)).toBe(first);
    expect(receiver.chunks).toEqual([100, peek - 1, peek, 100]);
  });
});
