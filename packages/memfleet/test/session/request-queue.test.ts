import { describe, expect, it } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { AdmissionControl } from '../../src/session/admission.ts';
import { KeyRun } from '../../src/session/key-run.ts';
import { RequestQueue } from '../../src/session/request-queue.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { manualRig } from '../support/session-rig.ts';

function rig(min = 100) {
  const admission = new AdmissionControl({ max: 100, min, clock: new FakeClock() });
  const { context, clock } = manualRig({ admission });
  const turns: string[] = [];
  const queue: RequestQueue = new RequestQueue(context, () => turns.push(Buffer.from(queue.take()).toString('latin1')));
  return { queue, admission, context, clock, turns };
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const longGet = (): KeyRun => new KeyRun(new Command('get'), ['a', 'b', 'c']);

describe('the queue of requests', () => {
  it('keeps bytes in order, in memory of its own', () => {
    const { queue } = rig();
    const chunk = Buffer.from('get a\r\n', 'latin1');
    queue.add(chunk);
    chunk.fill('x');
    queue.add(bytes('get b\r\n'));
    expect(Buffer.from(queue.take()).toString('latin1')).toBe('get a\r\nget b\r\n');
    expect(queue.isEmpty).toBe(true);
    queue.putBack(bytes('get b\r\n'));
    expect(Buffer.from(queue.take()).toString('latin1')).toBe('get b\r\n');
  });

  it('gets one turn for any number of requests to have one', () => {
    const { queue, clock, turns } = rig();
    queue.add(bytes('get a\r\n'));
    for (let i = 0; i < 3; i++) queue.ask();
    expect([queue.isWaiting, turns]).toEqual([true, []]);
    clock.turn();
    expect([queue.isWaiting, turns]).toEqual([false, ['get a\r\n']]);
  });

  it('waits for room first when there is none', () => {
    const { queue, clock, turns, admission } = rig();
    admission.enter(100);
    queue.add(bytes('get a\r\n'.repeat(100)));
    queue.ask();
    clock.turn();
    expect([turns, admission.waiting]).toEqual([[], 1]);
  });

  it('counts the keys of a long get as many commands, though no bytes wait', () => {
    const { queue, context, admission } = rig(10);
    admission.enter(50);
    queue.keys = longGet();
    queue.ask();
    expect(admission.waiting).toBe(1);
    const other = new RequestQueue(context, () => {});
    other.add(bytes('get a\r\n'));
    other.ask();
    expect(admission.waiting).toBe(1);
  });

  it('is long, so that its client is not read on, from 4 KB on', () => {
    const { queue, admission } = rig();
    queue.add(bytes('x'.repeat(4096)));
    expect(queue.isLong).toBe(false);
    queue.add(bytes('x'));
    expect(queue.isLong).toBe(true);
    queue.take();
    admission.enter(100);
    expect(queue.isLong).toBe(true);
  });

  it('keeps the keys of the get that was begun when its bytes are dropped, and nothing when it is dropped', () => {
    const { queue, admission, clock, turns } = rig();
    admission.enter(100);
    queue.keys = longGet();
    queue.add(bytes('get a\r\n'));
    queue.ask();
    queue.dropBytes();
    expect([queue.isEmpty, queue.isWaiting, queue.take().length]).toEqual([false, true, 0]);
    queue.drop();
    expect([queue.isEmpty, queue.isWaiting, admission.waiting]).toEqual([true, false, 0]);
    admission.leave(100);
    clock.turn();
    expect(turns).toEqual([]);
  });
});
