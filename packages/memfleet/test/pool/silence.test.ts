/**
 * A connection that was silent for long may have been closed by the node: what came for it and was not written goes to
 * another one.
 */
import { expect, it } from 'vitest';
import { PoolRig } from './pool-rig.ts';

function silentRig(ms: number, options = {}): { rig: PoolRig; first: ReturnType<PoolRig['open']> } {
  const rig = new PoolRig(options);
  rig.get('before');
  const first = rig.open();
  rig.answer(first);
  rig.clock.advance(ms);
  return { rig, first };
}

it('with its callers, in order, before the waiting ones; and it is not a failure of the node', () => {
  const { rig, first } = silentRig(100, { max: 1, maxInFlight: 2 });
  for (const key of ['a', 'b', 'c']) rig.get(key);
  expect(rig.pool.stats()).toMatchObject({ inFlight: 2, waiting: 1 });
  first.finish();
  expect(first.take()).toBe('');
  const second = rig.open(1);
  expect(rig.answer(second)).toEqual(['a', 'b']);
  expect(rig.answer(second)).toEqual(['c']);
  expect(rig.told).toEqual(['before: before', 'a: a', 'b: b', 'c: c']);
  expect(rig.events.filter((event) => event.startsWith('failure'))).toEqual([]);
});

it('also where it was reset', () => {
  const { rig, first } = silentRig(100);
  rig.get('a');
  first.drop(new Error('read ECONNRESET'));
  expect(rig.answer(rig.open(1))).toEqual(['a']);
});

it('and has an end: with the dial that fails, and with the deadline', () => {
  const { rig, first } = silentRig(100);
  rig.get('a');
  rig.get('b', 50);
  first.finish();
  rig.clock.advance(60);
  expect(rig.told.at(-1)).toBe('b: ERR_TIMEOUT');
  rig.dials[1]?.refuse();
  expect(rig.told.at(-1)).toBe('a: ERR_CONNECT');
  expect(rig.errors.every(({ sent }) => !sent)).toBe(true);
});

it('is finished by a pool that is being closed', async () => {
  const { rig, first } = silentRig(100);
  rig.get('a');
  const closing = rig.pool.close();
  first.finish();
  rig.answer(rig.open(1));
  await closing;
  expect(rig.told.at(-1)).toBe('a: a');
});

it('not where it was written to lately, or we ended it', () => {
  const { rig, first } = silentRig(99);
  rig.get('a');
  first.finish();
  expect(rig.told.at(-1)).toBe('a: ERR_CONNECTION_CLOSED');
  const other = silentRig(100);
  other.rig.get('a');
  other.rig.pool.destroy();
  expect(other.rig.told.at(-1)).toBe('a: ERR_CLOSED');
});
