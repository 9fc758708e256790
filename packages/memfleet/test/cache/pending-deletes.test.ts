/** Deletes that a node has not received are kept until they can be sent; what is given up is reported. */
import fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import { PendingDeletes } from '../../src/cache/pending-deletes.ts';
import { FakeClock } from '../../src/testing/fake-clock.ts';

const clock = new FakeClock();
const onStaleRisk = vi.fn();
let pending = new PendingDeletes({ max: 5, maxAge: 60 }, clock, onStaleRisk);

beforeEach(() => {
  onStaleRisk.mockClear();
  pending = new PendingDeletes({ max: 5, maxAge: 60 }, clock, onStaleRisk);
});

test('each key of a node is kept once, the oldest first', () => {
  for (const key of ['b', 'a', 'b']) pending.add('n1', key);
  pending.add('n2', 'c');
  expect(pending.keysOf('n1')).toEqual(['b', 'a']);
  expect(pending.nodes).toEqual(['n1', 'n2']);
  expect(pending.stats()).toEqual({ kept: 3, sent: 0, dropped: 0 });
});

test('a key is pending on its own node only', () => {
  pending.add('n1', 'a');
  expect([pending.has('n1', 'a'), pending.has('n2', 'a'), pending.has('n1', 'b')]).toEqual([true, false, false]);
});

test('a key is pending until its node has received a delete or a write', () => {
  for (const key of ['a', 'b', 'c']) pending.add('n1', key);
  pending.sent('n1', 'a');
  pending.remove('n1', 'b');
  expect(pending.keysOf('n1')).toEqual(['c']);
  pending.remove('n1', 'c');
  expect([pending.isEmpty, pending.nodes]).toEqual([true, []]);
  expect(pending.stats()).toEqual({ kept: 0, sent: 1, dropped: 0 });
});

test('too many keys: those of the node that has most are dropped and reported', () => {
  for (const key of ['a', 'b', 'c', 'd']) pending.add('n1', key);
  pending.add('n2', 'e');
  expect(onStaleRisk).not.toHaveBeenCalled();
  pending.add('n2', 'f');
  expect(onStaleRisk.mock.calls).toEqual([['n1', 4]]);
  expect(pending.keysOf('n1')).toEqual([]);
  expect(pending.stats()).toEqual({ kept: 2, sent: 0, dropped: 4 });
});

test('one key too old: all keys of its node are dropped and reported', () => {
  pending.add('n1', 'a');
  clock.advance(40_000);
  pending.add('n1', 'b');
  pending.add('n2', 'c');
  clock.advance(20_001);
  pending.dropOld();
  expect(onStaleRisk.mock.calls).toEqual([['n1', 2]]);
  expect(pending.keysOf('n2')).toEqual(['c']);
});

test('a key that fails again keeps its age', () => {
  pending.add('n1', 'a');
  clock.advance(59_000);
  pending.add('n1', 'a');
  clock.advance(2000);
  pending.add('n2', 'b');
  expect(onStaleRisk.mock.calls).toEqual([['n1', 1]]);
});

test('a flush of all nodes leaves nothing to send', () => {
  pending.add('n1', 'a');
  pending.clear();
  expect([pending.isEmpty, pending.has('n1', 'a')]).toEqual([true, false]);
});

test('a key is lost only with a report, and never more than the bound are kept', () => {
  const act = fc.tuple(fc.constantFrom('add', 'add', 'sent', 'remove', 'wait'), fc.nat(2), fc.nat(3));
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const expected = new Set<string>();
      const deletes = new PendingDeletes({ max: 4, maxAge: 10 }, clock, (node) => {
        for (const name of expected) if (name.startsWith(node)) expected.delete(name);
      });
      for (const [kind, n, k] of acts) {
        const [node, key] = [`n${n}`, `k${k}`];
        if (kind === 'wait') clock.advance(3000);
        else if (kind === 'add') {
          expected.add(node + key);
          deletes.add(node, key);
        } else {
          expected.delete(node + key);
          deletes[kind](node, key);
        }
        const kept = deletes.nodes.flatMap((of) => deletes.keysOf(of).map((each) => of + each));
        expect(new Set(kept)).toEqual(expected);
        expect(deletes.stats().kept).toBe(kept.length);
        expect(kept.length).toBeLessThanOrEqual(4);
        for (const name of kept) expect(deletes.has(name.slice(0, 2), name.slice(2))).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});
