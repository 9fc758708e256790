import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/core/command.ts';
import { UnsupportedError } from '../../../src/core/errors.ts';
import { FailoverRoute } from '../../../src/proxy/routes/failover-route.ts';
import { commandOf } from '../../support/ask.ts';
import { decode } from '../../support/decode-commands.ts';
import { askRoute, FakeRoute, getFrom } from './fake-route.ts';

function rig(onMiss = false, ttl?: number) {
  const first = new FakeRoute();
  const second = new FakeRoute(first.clock);
  const third = new FakeRoute(first.clock);
  const route = new FailoverRoute({ routes: [first, second, third], onMiss, ttl, clock: first.clock });
  return { first, second, third, route };
}

describe('failover', () => {
  it('uses only the first route while it replies, even with a miss or a refusal', () => {
    const { first, second, route } = rig();
    first.put('a', '1');
    second.put('b', '2');
    expect(getFrom(route, 'a')).toBe('1');
    expect(getFrom(route, 'b')).toBe('miss');
    expect(askRoute(route, 'arith', 'a', { delta: 1 })).toMatchObject({ value: '2' });
    first.put('t', 'text');
    expect(askRoute(route, 'arith', 't')).toMatchObject({ status: 'error' });
    expect(second.asked).toEqual([]);
  });

  it('tries the next route when a node failed, and the one after it', () => {
    const { first, second, third, route } = rig();
    first.down();
    second.put('a', '2');
    third.put('a', '3');
    expect(getFrom(route, 'a')).toBe('2');
    second.down();
    expect(getFrom(route, 'a')).toBe('3');
    third.down('the third');
    expect(getFrom(route, 'a')).toBe('cannot connect to the third');
  });

  it('sends writes the same way', () => {
    const { first, second, route } = rig();
    first.down();
    expect(askRoute(route, 'store', 'a', { value: '1' })).toMatchObject({ status: 'ok' });
    expect(second.value('a')).toBe('1');
    expect(askRoute(route, 'delete', 'a')).toMatchObject({ status: 'ok' });
  });

  it('compares the cas of a get on the first route only', () => {
    const { first, second, route } = rig();
    first.put('a', 'one');
    second.put('a', 'two');
    const { cas } = first.item('a')!;
    expect(second.item('a')!.cas).toBe(cas);
    const conditional = { cas, wantCas: true, meta: { tokens: ['v', `C${cas}`, 'c'], hasCas: true } };
    expect(askRoute(route, 'get', 'a', conditional)).not.toHaveProperty('value');
    first.down();
    expect(askRoute(route, 'get', 'a', conditional)).toMatchObject({ value: 'two', cas });
    expect(second.commands.at(-1)?.meta?.tokens).toEqual(['v', 'c']);
  });

  it('tries no further route when the command itself is invalid', () => {
    const { first, second, route } = rig();
    first.error = new UnsupportedError('no such thing');
    expect(askRoute(route, 'debug', 'a')).toBeInstanceOf(UnsupportedError);
    expect(second.asked).toEqual([]);
  });

  it('tries no further route when the caller is gone', () => {
    const { first, second, route } = rig();
    first.down();
    first.hold();
    const command = commandOf('get', { key: 'a' });
    route.dispatch(command, { onReply() {}, onError() {} });
    command.cancelled = true;
    first.release();
    expect(second.asked).toEqual([]);
  });

  it('with error-or-miss tries the next on a miss too, but only for gets', () => {
    const { first, second, third, route } = rig(true);
    second.put('a', '2');
    expect(getFrom(route, 'a')).toBe('2');
    expect(askRoute(route, 'delete', 'a')).toEqual({ status: 'miss' });
    expect(second.value('a')).toBe('2');
    second.down();
    third.put('b', '3');
    expect(getFrom(route, 'b')).toBe('3');
    third.down();
    expect(getFrom(route, 'c')).toBe('miss');
    first.down();
    expect(getFrom(route, 'c')).toBe('cannot connect to node');
  });

  it('caps what items live elsewhere than on the first route', () => {
    const { first, second, route } = rig(false, 60);
    const ttl = (key: string): number | undefined => second.item(key)?.ttl(second.clock.unixSeconds());
    askRoute(route, 'store', 'first', { value: '1' });
    expect(first.item('first')?.ttl(0)).toBe(-1);
    first.down();
    const now = first.clock.unixSeconds();
    for (const [key, exptime, wanted] of [
      ['never', 0, 60],
      ['long', 3600, 60],
      ['short', 10, 10],
      ['date', now + 1000, 60],
      ['early', now + 5, 5],
    ] as const) {
      askRoute(route, 'store', key, { value: '1', exptime });
      expect([key, ttl(key)]).toEqual([key, wanted]);
    }
    askRoute(route, 'touch', 'short', { exptime: 0 });
    expect(ttl('short')).toBe(60);
    askRoute(route, 'store', 'gone', { value: '1', exptime: -1 });
    expect(second.item('gone')).toBeUndefined();
  });

  it.each([
    ['mg a v N3600', 60, 'v N60'],
    ['mg a v N0', 60, 'v N60'],
    ['mg a v N10', 10, 'v N10'],
    ['ms a 1\r\n1', 60, 'T60'],
    ['ms a 1 T3600\r\n1', 60, 'T60'],
    ['ms a 1 MA N3600\r\n1', 60, 'MA N60 T60'],
    ['ma a N3600 J1', 60, 'N60 J1'],
    ['ma a N3600 T3600 J1', 60, 'N60 T60 J1'],
    ['ma a N10 J1', 10, 'N10 J1'],
  ])('caps the time to live of an item that %j makes elsewhere', (line, wanted, flags) => {
    const { first, second, route } = rig(false, 60);
    first.down();
    const [command] = decode(`${line}\r\n`);
    route.dispatch(command as Command, { onReply() {}, onError() {} });
    expect(second.item('a')?.ttl(second.clock.unixSeconds())).toBe(wanted);
    expect(second.commands[0]?.meta?.tokens.join(' ')).toBe(flags);
  });

  it('flushes all routes', () => {
    const { first, second, third, route } = rig();
    for (const each of [first, second, third]) each.put('a', '1');
    expect(askRoute(route, 'flush', '')).toMatchObject({ status: 'ok' });
    expect([first, second, third].map((each) => each.value('a'))).toEqual([undefined, undefined, undefined]);
  });
});
