/** Replies on their way to a client: how they wait, what they keep, how many may be in flight. */
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/base/byte-writer.ts';
import { Command } from '../../src/core/command.ts';
import { Reply } from '../../src/core/reply.ts';
import { textCodec } from '../../src/protocol/text/codec.ts';
import { OutputWindow } from '../../src/session/output-window.ts';
import { Output } from '../../src/session/output.ts';
import { ReplyBuffer } from '../../src/session/reply-buffer.ts';
import { MemoryTransport } from '../support/memory-transport.ts';
import { heldMemory } from '../support/memory.ts';
import { manualRig } from '../support/session-rig.ts';

const textOf = (chunks: readonly (string | Uint8Array)[]): string =>
  chunks.map((chunk) => (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1'))).join('');

/** A buffer that was filled with these, each by its own write: texts, or bytes of so many. */
function filled(...parts: readonly (string | number)[]): ReplyBuffer {
  const buffer = new ReplyBuffer();
  for (const part of parts) buffer.fill(writerOf(part));
  return buffer;
}

function writerOf(part: string | number): ByteWriter {
  const writer = new ByteWriter();
  if (typeof part === 'string') writer.ascii(part);
  else writer.bytes(Buffer.alloc(part, 'b'));
  return writer;
}

describe('a reply buffer', () => {
  it('gives back what it was filled with, in order, short replies as one text', () => {
    const buffer = filled('a', 'b', 100_000, 'c', 'd');
    expect(buffer.length).toBe(100_004);
    const chunks = buffer.take();
    expect(textOf(chunks)).toBe(`ab${'b'.repeat(100_000)}cd`);
    expect(chunks.at(-1)).toBe('cd');
    expect(buffer.isEmpty).toBe(true);
    expect(buffer.take()).toEqual([]);
  });

  it('takes over what another holds, which is empty then', () => {
    const [one, other] = [filled('a', 70_000), filled('b', 70_000, 'c')];
    one.append(other);
    expect(other.isEmpty).toBe(true);
    expect(textOf(other.take())).toBe('');
    expect(textOf(one.take())).toBe(`a${'b'.repeat(70_000)}b${'b'.repeat(70_000)}c`);
  });

  it('says the same after its texts were given memory of their own', () => {
    const buffer = filled('a', 70_000, 'some text');
    buffer.makeOwned();
    buffer.makeOwned();
    expect(textOf(buffer.take())).toBe(`a${'b'.repeat(70_000)}some text`);
  });

  it('that waits releases the chunk of which its reply is a part', () => {
    const megabyte = 1024 * 1024;
    const chunk = (): string => Buffer.alloc(megabyte, 'c').toString('latin1');
    const buffers = Array.from({ length: 20 }, () => filled(chunk().slice(1000, 1100)));
    const before = heldMemory();
    for (const buffer of buffers) buffer.makeOwned();
    expect(before - heldMemory()).toBeGreaterThan(19 * megabyte);
    expect(buffers.map((buffer) => buffer.length)).toEqual(buffers.map(() => 100));
  });
});

describe('output', () => {
  const hit = (value: string): Reply => {
    const reply = new Reply().reset('ok');
    reply.setText(value);
    return reply;
  };

  function rig(bounds = {}) {
    const { context } = manualRig({ bounds });
    const events = { onData: () => {}, onDrain: () => {}, onEnd: () => {}, onClose: () => {} };
    const [near, far] = [new MemoryTransport(events), new MemoryTransport(events)];
    MemoryTransport.join(near, far);
    return { context, transport: near, output: new Output(context) };
  }

  it('counts the bytes that it holds: those that are due, and those that wait for an earlier reply', () => {
    const { output, transport } = rig();
    const command = new Command('get', 'k');
    const box = new ReplyBuffer();
    const early = output.add(hit('later'), command, textCodec, box);
    const due = output.add(hit('now'), command, textCodec);
    expect(output.heldBytes).toBe(early + due);
    output.writeBuffered(transport);
    expect(output.heldBytes).toBe(early);
    output.append(box);
    output.writeBuffered(transport);
    expect([output.heldBytes, output.isEmpty, transport.writes]).toEqual([0, true, 2]);
  });

  it('is clogged when the transport holds more than maxOutput, and over when that is more than may ever be held', () => {
    const { output, transport } = rig({ maxOutput: 1000, maxHeldOutput: 3000 });
    transport.window = 0;
    const command = new Command('get', 'k');
    for (const [size, isClogged, isOver] of [
      [500, false, false],
      [20_000, true, true],
    ] as const) {
      output.add(hit('x'.repeat(size)), command, textCodec);
      output.writeBuffered(transport);
      expect([output.isClogged, output.isOver(transport)]).toEqual([isClogged, isOver]);
    }
  });

  it('holds nothing after it was dropped', () => {
    const { output, transport } = rig();
    output.add(hit('value'), new Command('get', 'k'), textCodec);
    output.drop();
    output.writeBuffered(transport);
    expect([output.heldBytes, output.isEmpty, transport.writes]).toEqual([0, true, 0]);
  });
});

describe('the output window', () => {
  const soft = 1024 * 1024;

  it('begins small, and allows one more reply in flight for each that came', () => {
    const window = new OutputWindow(4);
    expect(window.room(0, soft)).toBe(4);
    for (let i = 0; i < 4; i++) window.learn(10);
    expect(window.room(0, soft)).toBe(8);
    window.learnAll(92, 920);
    expect([window.room(40, soft), window.isFull(99, soft), window.isFull(100, soft)]).toEqual([60, false, true]);
  });

  it('allows as many as four times maxOutput holds, after the size of the replies before', () => {
    const window = new OutputWindow(1000);
    window.learn(soft / 2);
    expect(window.room(0, soft)).toBe(8);
    expect([window.isFull(7, soft), window.isFull(8, soft)]).toEqual([false, true]);
  });

  it('is full at once when replies become larger, until those in flight have come', () => {
    const window = new OutputWindow(4);
    for (let i = 0; i < 2000; i++) window.learn(50);
    expect(window.room(1024, soft)).toBeGreaterThan(0);
    window.learn(900_000);
    expect([window.room(1023, soft), window.isFull(1023, soft)]).toEqual([0, true]);
    expect(window.room(0, soft)).toBe(4);
  });

  it('always allows one, however large', () => {
    const window = new OutputWindow(0);
    window.learn(100 * soft);
    expect([window.room(0, soft), window.isFull(0, soft), window.isFull(1, soft)]).toEqual([1, false, true]);
  });
});
