import { describe, expect, it } from 'vitest';
import { WarmUpRoute } from '../../../src/proxy/routes/warm-up-route.ts';
import { commandOf } from '../../support/ask.ts';
import { askRoute, FakeRoute, getFrom } from './fake-route.ts';

function rig() {
  const cold = new FakeRoute();
  const warm = new FakeRoute(cold.clock);
  return { cold, warm, route: new WarmUpRoute(cold, warm, 600, cold.clock) };
}

describe('warm-up', () => {
  it('finds in warm what cold does not have, and copies it with its flags for the ttl', () => {
    const { cold, warm, route } = rig();
    warm.put('a', 'value', { flags: 7 });
    expect(askRoute(route, 'get', 'a')).toMatchObject({ value: 'value', flags: 7 });
    const copy = cold.item('a');
    expect([copy?.text, copy?.flags]).toEqual(['value', 7]);
    expect(copy?.ttl(cold.clock.unixSeconds())).toBe(600);
    const before = warm.asked.length;
    expect(getFrom(route, 'a')).toBe('value');
    expect(warm.asked).toHaveLength(before);
  });

  it('does not read from warm when cold has the item, and is a miss when neither has it or warm fails', () => {
    const { cold, warm, route } = rig();
    cold.put('a', '1');
    expect(getFrom(route, 'a')).toBe('1');
    expect(warm.asked).toEqual([]);
    expect(getFrom(route, 'b')).toBe('miss');
    warm.put('c', '1').down();
    expect(getFrom(route, 'c')).toBe('miss');
  });

  it('does not overwrite what was stored in cold meanwhile', () => {
    const { cold, warm, route } = rig();
    warm.put('a', 'old');
    warm.hold();
    let received = '';
    route.dispatch(commandOf('get', { key: 'a' }), { onReply: (reply) => (received = reply.text()), onError() {} });
    cold.put('a', 'new');
    warm.release();
    expect(received).toBe('old');
    expect(cold.value('a')).toBe('new');
  });

  it('gives the cas of cold', () => {
    const { cold, warm, route } = rig();
    cold.put('x', 'shifts the cas numbers');
    warm.put('a', '1');
    const answer = askRoute(route, 'get', 'a', { wantCas: true });
    const cas = answer instanceof Error ? 0n : (answer.cas ?? 0n);
    expect(askRoute(route, 'store', 'a', { value: '2', cas })).toMatchObject({ status: 'ok' });
    expect(cold.value('a')).toBe('2');
  });

  it('copies an item before it is changed', () => {
    const { cold, warm, route } = rig();
    warm.put('n', '10').put('l', 'b').put('t', '1').put('r', '1');
    expect(askRoute(route, 'arith', 'n', { delta: 5 })).toMatchObject({ value: '15' });
    expect(askRoute(route, 'store', 'l', { mode: 'append', value: 'c' })).toMatchObject({ status: 'ok' });
    expect(askRoute(route, 'touch', 't', { exptime: 50 })).toMatchObject({ status: 'ok' });
    expect(askRoute(route, 'store', 'r', { mode: 'replace', value: '2' })).toMatchObject({ status: 'ok' });
    expect(['n', 'l', 't', 'r'].map((key) => cold.value(key))).toEqual(['15', 'bc', '1', '2']);
    expect(askRoute(route, 'arith', 'none')).toEqual({ status: 'miss' });
    expect(askRoute(route, 'store', 'none', { mode: 'append', value: 'c' })).toEqual({ status: 'notStored' });
  });

  it('does not make anew what warm has', () => {
    const { cold, warm, route } = rig();
    warm.put('lock', 'mine').put('n', '10');
    expect(askRoute(route, 'store', 'lock', { mode: 'add', value: 'yours' })).toEqual({ status: 'notStored' });
    expect(askRoute(route, 'arith', 'n', { delta: 1, initial: 1n })).toMatchObject({ value: '11' });
    expect(askRoute(route, 'store', 'free', { mode: 'add', value: 'yours' })).toMatchObject({ status: 'ok' });
    expect(cold.value('free')).toBe('yours');
  });

  it('leaves nothing old in warm that could come back', () => {
    const { cold, warm, route } = rig();
    warm.put('a', 'old').put('b', 'old');
    askRoute(route, 'store', 'a', { value: 'new' });
    expect(warm.value('a')).toBeUndefined();
    expect(askRoute(route, 'delete', 'b')).toMatchObject({ status: 'ok' });
    expect(warm.value('b')).toBeUndefined();
    expect(askRoute(route, 'delete', 'b')).toEqual({ status: 'miss' });
    expect(cold.value('a')).toBe('new');
  });

  it('fails when cold fails, and flushes both', () => {
    const { cold, warm, route } = rig();
    warm.put('a', '1');
    cold.put('b', '1');
    askRoute(route, 'flush', '');
    expect([warm.value('a'), cold.value('b')]).toEqual([undefined, undefined]);
    cold.down('cold');
    expect(getFrom(route, 'a')).toBe('cannot connect to cold');
  });
});
