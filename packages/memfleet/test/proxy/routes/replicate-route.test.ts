import { describe, expect, it } from 'vitest';
import { noItemsCas } from '../../../src/core/cas.ts';
import type { Reply } from '../../../src/core/reply.ts';
import { type ReplicateMode, ReplicateRoute } from '../../../src/proxy/routes/replicate-route.ts';
import { commandOf } from '../../support/ask.ts';
import { askRoute, FakeRoute, getFrom } from './fake-route.ts';

function rig(mode: ReplicateMode) {
  const one = new FakeRoute();
  const two = new FakeRoute(one.clock);
  const three = new FakeRoute(one.clock);
  const routes = [one, two, three];
  return { one, two, three, routes, route: new ReplicateRoute(routes, mode, one.clock) };
}

const values = (routes: readonly FakeRoute[], key: string): (string | undefined)[] =>
  routes.map((route) => route.value(key));

describe.each<ReplicateMode>(['all-sync', 'all-async', 'fastest-read'])('replicate %s', (mode) => {
  it('compares the cas of a get that touches on the first route only', () => {
    const { one, two, route } = rig(mode);
    one.put('a', 'one');
    two.put('a', 'two');
    const { cas } = one.item('a')!;
    expect(two.item('a')!.cas).toBe(cas);
    const meta = { tokens: ['v', `C${cas}`, 'T60'], hasCas: true, hasExptime: true };
    const conditional = { cas, touch: true, exptime: 60, meta };
    expect(askRoute(route, 'get', 'a', conditional)).not.toHaveProperty('value');
    one.down();
    expect(askRoute(route, 'get', 'a', conditional)).toMatchObject({ value: 'two' });
  });

  it('writes to all routes', () => {
    const { routes, route } = rig(mode);
    expect(askRoute(route, 'store', 'a', { value: '1', flags: 5 })).toMatchObject({ status: 'ok' });
    expect(values(routes, 'a')).toEqual(['1', '1', '1']);
    expect(askRoute(route, 'arith', 'a', { delta: 4 })).toMatchObject({ value: '5' });
    expect(values(routes, 'a')).toEqual(['5', '5', '5']);
    expect(askRoute(route, 'delete', 'a')).toMatchObject({ status: 'ok' });
    expect(values(routes, 'a')).toEqual([undefined, undefined, undefined]);
    for (const each of routes) each.put('b', '1');
    askRoute(route, 'flush', '');
    expect(values(routes, 'b')).toEqual([undefined, undefined, undefined]);
  });

  it('compares on the first route, and stores on the others without comparing', () => {
    const { one, two, routes, route } = rig(mode);
    two.put('x', 'shifts the cas numbers');
    for (const each of routes) each.put('a', 'old');
    const answer = askRoute(route, 'get', 'a', { wantCas: true });
    const cas = answer instanceof Error ? 0n : (answer.cas ?? 0n);
    expect(BigInt(one.item('a')?.cas ?? 0)).toBe(cas);
    expect(askRoute(route, 'store', 'a', { value: 'new', cas })).toMatchObject({ status: 'ok' });
    expect(values(routes, 'a')).toEqual(['new', 'new', 'new']);
    expect(askRoute(route, 'store', 'a', { value: 'newer', cas })).toMatchObject({ status: 'exists' });
    expect(values(routes, 'a')).toEqual(['new', 'new', 'new']);
  });

  it('deletes and counts on the others what the first route has compared, and nothing that it refused', () => {
    const { one, two, routes, route } = rig(mode);
    two.put('x', 'shifts the cas numbers');
    for (const each of routes) each.put('a', '5');
    const cas = (): bigint => BigInt(one.item('a')?.cas ?? 0);
    const stale = cas() + 100n;
    expect(askRoute(route, 'arith', 'a', { delta: 2, cas: stale })).toMatchObject({ status: 'exists' });
    expect(askRoute(route, 'delete', 'a', { cas: stale })).toMatchObject({ status: 'exists' });
    expect(values(routes, 'a')).toEqual(['5', '5', '5']);
    expect(askRoute(route, 'arith', 'a', { delta: 2, cas: cas() })).toMatchObject({ status: 'ok', value: '7' });
    expect(values(routes, 'a')).toEqual(['7', '7', '7']);
    expect(askRoute(route, 'delete', 'a', { cas: cas() })).toMatchObject({ status: 'ok' });
    expect(values(routes, 'a')).toEqual([undefined, undefined, undefined]);
  });

  it.each([{}, { touch: true, exptime: 100 }])(
    'refuses a cas that another route than the first returned: %o',
    (get) => {
      const { one, routes, route } = rig(mode);
      for (const each of routes) each.put('a', 'old');
      one.put('a', 'first');
      one.down();
      const answer = askRoute(route, 'get', 'a', { wantCas: true, ...get });
      expect(answer).toMatchObject({ status: 'ok', value: 'old', cas: noItemsCas });
      one.up();
      expect(askRoute(route, 'store', 'a', { value: 'new', cas: noItemsCas })).toMatchObject({ status: 'exists' });
      expect(values(routes, 'a')).toEqual(['first', 'old', 'old']);
    },
  );

  it('reads from the next route when one failed', () => {
    const { one, two, routes, route } = rig(mode);
    for (const each of routes) each.put('a', '1');
    one.down();
    expect(getFrom(route, 'a')).toBe('1');
    two.down();
    expect(getFrom(route, 'a')).toBe('1');
    expect(askRoute(route, 'get', 'a', { wantCas: true })).toMatchObject({ value: '1' });
  });
});

describe.each<ReplicateMode>(['all-sync', 'all-async', 'fastest-read'])('gat through replicate %s', (mode) => {
  it('touches the item on every route', () => {
    const { routes, route } = rig(mode);
    for (const each of routes) each.put('a', '1');
    expect(askRoute(route, 'get', 'a', { touch: true, exptime: 100 })).toMatchObject({ status: 'ok', value: '1' });
    expect(routes.map((each) => each.item('a')?.exptime !== 0)).toEqual([true, true, true]);
  });

  it('gets a reply as long as one route replies', () => {
    const { one, two, three, routes, route } = rig(mode);
    for (const each of routes) each.put('a', '1');
    three.down();
    expect(askRoute(route, 'get', 'a', { touch: true, exptime: 100 })).toMatchObject({ status: 'ok', value: '1' });
    one.down();
    expect(askRoute(route, 'get', 'a', { touch: true, exptime: 100 })).toMatchObject({ status: 'ok', value: '1' });
    expect(askRoute(route, 'get', 'none', { touch: true, exptime: 100 })).toMatchObject({ status: 'miss' });
    two.down('the second');
    expect(askRoute(route, 'get', 'a', { touch: true, exptime: 100 })).toBeInstanceOf(Error);
  });
});

describe('replicate', () => {
  it('all-sync replies when all have replied, and any failure is one', () => {
    const { two, route } = rig('all-sync');
    two.hold();
    const told: string[] = [];
    route.dispatch(commandOf('store', { key: 'a', value: '1' }), {
      onReply: (reply) => told.push(reply.status),
      onError: (error) => told.push(error.message),
    });
    expect(told).toEqual([]);
    two.release();
    expect(told).toEqual(['ok']);
    two.down('the second');
    expect(askRoute(route, 'store', 'a', { value: '2' })).toMatchObject({ message: 'cannot connect to the second' });
    expect(getFrom(route, 'a')).toBe('2');
  });

  it('all-async replies when the first has, whatever becomes of the others', () => {
    const { one, two, three, route } = rig('all-async');
    two.down();
    three.hold();
    expect(askRoute(route, 'store', 'a', { value: '1' })).toMatchObject({ status: 'ok' });
    expect(three.value('a')).toBeUndefined();
    three.release();
    expect(three.value('a')).toBe('1');
    one.down('the first');
    expect(askRoute(route, 'store', 'a', { value: '1' })).toMatchObject({ message: 'cannot connect to the first' });
  });

  it.each<ReplicateMode>(['all-sync', 'all-async', 'fastest-read'])(
    '%s: a write behind a cas of its key stays behind it on all routes, and a read behind that write as well',
    (mode) => {
      const { one, two, route, routes } = rig(mode);
      for (const each of routes) each.put('a', 'old');
      const { cas } = one.item('a')!;
      one.hold();
      const told: string[] = [];
      const send = (verb: 'store' | 'get', fields: object): void =>
        route.dispatch(commandOf(verb, { key: 'a', ...fields }), {
          onReply: (reply) => void told.push(verb === 'get' ? reply.text() : reply.status),
          onError: (error) => told.push(error.message),
        });
      send('store', { value: 'swapped', cas });
      send('store', { value: 'newest' });
      send('get', {});
      expect(two.value('a')).toBe('old');
      one.release();
      expect(values(routes, 'a')).toEqual(['newest', 'newest', 'newest']);
      expect(told).toEqual(['ok', 'ok', 'newest']);
      expect(askRoute(route, 'store', 'a', { value: 'next' })).toMatchObject({ status: 'ok' });
    },
  );

  it('a cas that fails lets what waits behind it go', () => {
    const { one, routes, route } = rig('all-sync');
    one.put('a', 'old');
    one.hold();
    const told: string[] = [];
    const handler = { onReply: ({ status }: Reply) => void told.push(status), onError: () => void told.push('failed') };
    route.dispatch(commandOf('store', { key: 'a', value: 'swapped', cas: 99n }), handler);
    route.dispatch(commandOf('store', { key: 'a', value: 'newest' }), handler);
    one.release();
    expect(told).toEqual(['exists', 'ok']);
    expect(values(routes, 'a')).toEqual(['newest', 'newest', 'newest']);
  });

  it('all-sync: deleted anywhere is deleted', () => {
    const { two, route } = rig('all-sync');
    two.put('a', '1');
    expect(askRoute(route, 'delete', 'a')).toMatchObject({ status: 'ok' });
    expect(askRoute(route, 'delete', 'a')).toEqual({ status: 'miss' });
  });

  it('all-sync: deleted on the second route is deleted, also if the first one replies last that it had nothing', () => {
    const { one, two, route } = rig('all-sync');
    two.put('a', '1');
    one.hold();
    const told: string[] = [];
    route.dispatch(commandOf('delete', { key: 'a' }), {
      onReply: (reply) => told.push(reply.status),
      onError: (error) => told.push(error.message),
    });
    one.release();
    expect(told).toEqual(['ok']);
  });

  it('fastest-read takes the first hit; a miss only when no route has it', () => {
    const { one, two, three, route } = rig('fastest-read');
    three.put('a', '3');
    one.hold();
    const told: string[] = [];
    const get = (key: string): void =>
      route.dispatch(commandOf('get', { key }), {
        onReply: (reply) => told.push(reply.status === 'ok' ? reply.text() : reply.status),
        onError: (error) => told.push(error.message),
      });
    get('a');
    expect(told).toEqual(['3']);
    get('none');
    expect(told).toEqual(['3']);
    one.release();
    expect(told).toEqual(['3', 'miss']);
    one.down();
    two.down();
    get('none');
    three.down();
    get('none');
    expect(told).toEqual(['3', 'miss', 'miss', 'cannot connect to node']);
  });
});
