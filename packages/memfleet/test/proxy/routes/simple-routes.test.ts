import { describe, expect, it } from 'vitest';
import { PrefixRoute } from '../../../src/proxy/routes/prefix-route.ts';
import { RateLimitRoute } from '../../../src/proxy/routes/rate-limit-route.ts';
import { ReadOnlyRoute } from '../../../src/proxy/routes/read-only-route.ts';
import { ShadowRoute } from '../../../src/proxy/routes/shadow-route.ts';
import { askRoute, FakeRoute, getFrom } from './fake-route.ts';

describe('prefix', () => {
  it('is decided by the longest prefix that fits', () => {
    const [user, userImage, rest] = [new FakeRoute(), new FakeRoute(), new FakeRoute()];
    const route = new PrefixRoute(
      new Map([
        ['user:', user],
        ['user:img:', userImage],
        ['x', rest],
      ]),
      rest,
      false,
    );
    for (const key of ['user:1', 'user:img:1', 'user', 'other', 'user:im', 'xyz']) getFrom(route, key);
    expect([user.asked, userImage.asked, rest.asked]).toEqual([
      ['get user:1', 'get user:im'],
      ['get user:img:1'],
      ['get user', 'get other', 'get xyz'],
    ]);
  });

  it('may be taken off; a key that is nothing else is refused', () => {
    const [team, rest] = [new FakeRoute(), new FakeRoute()];
    const route = new PrefixRoute(new Map([['team/', team]]), rest, true);
    askRoute(route, 'store', 'team/a', { value: '1' });
    expect(team.asked).toEqual(['set a']);
    expect(getFrom(route, 'team/a')).toBe('1');
    expect(askRoute(route, 'get', 'team/')).toMatchObject({ status: 'error', errorKind: 'client' });
    expect(rest.asked).toEqual([]);
  });

  it('flushes every route once', () => {
    const [one, rest] = [new FakeRoute(), new FakeRoute()];
    const route = new PrefixRoute(
      new Map([
        ['a', one],
        ['b', one],
      ]),
      rest,
      false,
    );
    expect(askRoute(route, 'flush', '')).toMatchObject({ status: 'ok' });
    expect([one.asked, rest.asked]).toEqual([['flush'], ['flush']]);
  });
});

describe('shadow', () => {
  const keys = Array.from({ length: 2000 }, (_, i) => `user:${i}`);

  it('gets the commands for its share of the keys, always the same, and is never heard', () => {
    const [main, shadow] = [new FakeRoute(), new FakeRoute()];
    const route = new ShadowRoute(main, shadow, 0.25);
    for (const key of keys) askRoute(route, 'store', key, { value: '1' });
    const stored = shadow.asked.length;
    expect(stored / keys.length).toBeGreaterThan(0.2);
    expect(stored / keys.length).toBeLessThan(0.3);
    for (const key of keys) expect(getFrom(route, key)).toBe('1');
    expect(shadow.asked.slice(stored)).toEqual(shadow.asked.slice(0, stored).map((what) => what.replace('set', 'get')));
    shadow.down();
    for (const key of keys) expect(getFrom(route, key)).toBe('1');
    expect(main.asked).toHaveLength(keys.length * 3);
  });

  it.each([
    [0, 0],
    [1, 2000],
  ])('of a fraction of %d gets %d of 2000', (fraction, count) => {
    const [main, shadow] = [new FakeRoute(), new FakeRoute()];
    const route = new ShadowRoute(main, shadow, fraction);
    for (const key of keys) getFrom(route, key);
    expect(shadow.asked).toHaveLength(count);
  });
});

describe('rate limit', () => {
  it('lets a burst pass, then a number of commands per second', () => {
    const nodes = new FakeRoute();
    const route = new RateLimitRoute(nodes, 10, 5, nodes.clock);
    const passed = (): number =>
      Array.from({ length: 20 }, () => getFrom(route, 'a')).filter((told) => told === 'miss').length;
    expect(passed()).toBe(5);
    expect(askRoute(route, 'get', 'a')).toMatchObject({
      status: 'error',
      errorKind: 'server',
      message: 'rate limit',
      code: 0x86,
    });
    nodes.clock.advance(300);
    expect(passed()).toBe(3);
    nodes.clock.advance(60_000);
    expect(passed()).toBe(5);
  });
});

describe('read-only', () => {
  it('lets reads pass and refuses everything that changes items', () => {
    const nodes = new FakeRoute().put('a', '1');
    const route = new ReadOnlyRoute(nodes);
    expect(getFrom(route, 'a')).toBe('1');
    expect(askRoute(route, 'get', 'a', { wantCas: true })).toMatchObject({ status: 'ok' });
    const writes = [
      ['store', {}],
      ['delete', {}],
      ['arith', {}],
      ['touch', {}],
      ['flush', {}],
      ['get', { touch: true }],
      ['get', { meta: { tokens: ['N30'], vivify: 30 } }],
      ['get', { meta: { tokens: ['R30'], recache: 30 } }],
    ] as const;
    for (const [verb, fields] of writes) {
      expect(askRoute(route, verb, 'a', fields)).toMatchObject({ status: 'error', message: 'read-only', code: 0x83 });
    }
    expect(nodes.value('a')).toBe('1');
  });
});
