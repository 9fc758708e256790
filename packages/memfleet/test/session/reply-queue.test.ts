import { describe, expect, it } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { AdmissionControl } from '../../src/session/admission.ts';
import { MemoryBudget } from '../../src/session/memory-budget.ts';
import { PendingReply, type PendingReplyOwner } from '../../src/session/pending-reply.ts';
import { maxKeysInFlight, ReplyQueue } from '../../src/session/reply-queue.ts';
import { FakeClock } from '../support/fake-clock.ts';

const owner: PendingReplyOwner = {
  onPendingReply: () => {},
  onPendingItems: () => {},
  onPendingError: () => {},
  isHolding: false,
  connection: 1,
};

function pendingOf(command: Command): PendingReply {
  const pending = new PendingReply(owner, command);
  pending.state = 'queued';
  return pending;
}

function rig() {
  const admission = new AdmissionControl({ max: 10_000, clock: new FakeClock() });
  return { admission, queue: new ReplyQueue(admission) };
}

describe('the queue of replies', () => {
  it('has the oldest command at its head', () => {
    const { queue } = rig();
    const all = ['a', 'b', 'c'].map((key) => pendingOf(new Command('get', key)));
    for (const pending of all) queue.push(pending);
    for (const pending of all) {
      expect(queue.head).toBe(pending);
      queue.shift();
    }
    expect(queue.head).toBeUndefined();
    queue.push(all[0] as PendingReply);
    expect([queue.head, queue.load]).toEqual([all[0], 1]);
  });

  it('counts a get by its keys, a request of administrators as 32, all else as one', () => {
    const { queue, admission } = rig();
    const get = new Command('get');
    get.keys = Array.from({ length: 5000 }, (_, i) => `k${i}`);
    for (const [command, load, shared] of [
      [new Command('get', 'a'), 1, 1],
      [new Command('stats'), 33, 33],
      [new Command('admin'), 65, 65],
      [get, 5065, 65 + maxKeysInFlight],
    ] as const) {
      queue.push(pendingOf(command));
      expect([queue.load, admission.used]).toEqual([load, shared]);
    }
    while (queue.head !== undefined) queue.shift();
    expect([queue.load, admission.used]).toEqual([0, 0]);
  });

  it('cancels what is in flight when it is dropped, and gives room back', () => {
    const { queue, admission } = rig();
    const budget = new MemoryBudget(1024 * 1024);
    const command = new Command('store', 'k');
    command.value = Buffer.alloc(100_000);
    budget.add(100_000);
    const pending = pendingOf(command);
    queue.push(pending);
    queue.drop(budget);
    expect([command.cancelled, pending.state]).toEqual([true, 'done']);
    expect([budget.used, admission.used, queue.load]).toEqual([0, 0, 0]);
  });
});
