/**
 * A client that leaves takes its reads along on every route; what writes to several routes is done on all of them, or
 * their items would differ.
 */
import { describe, expect, it } from 'vitest';
import { swallow } from '../../../src/core/dispatcher.ts';
import { FailoverRoute } from '../../../src/proxy/routes/failover-route.ts';
import { PrefixRoute } from '../../../src/proxy/routes/prefix-route.ts';
import { type ReplicateMode, ReplicateRoute } from '../../../src/proxy/routes/replicate-route.ts';
import type { Route } from '../../../src/proxy/routes/route.ts';
import { ShadowRoute } from '../../../src/proxy/routes/shadow-route.ts';
import { WarmUpRoute } from '../../../src/proxy/routes/warm-up-route.ts';
import { commandOf } from '../../support/ask.ts';
import { FakeRoute } from './fake-route.ts';

type Make = (one: FakeRoute, two: FakeRoute) => Route;

/** The client sends a command and leaves; what the two routes were asked, and whether it is cancelled there. */
function leave(make: Make, fields: Parameters<typeof commandOf>[1] & { verb?: 'store' | 'delete' }): string[] {
  const one = new FakeRoute();
  const two = new FakeRoute(one.clock);
  const { verb = 'get', ...rest } = fields;
  const command = commandOf(verb, { key: 'a', ...rest });
  make(one, two).dispatch(command, swallow);
  command.cancelled = true;
  const told = (name: string, { asked, commands }: FakeRoute): string[] =>
    commands.map(({ cancelled }, index) => `${name}: ${asked[index]} ${cancelled ? 'cancelled' : 'goes on'}`);
  return [...told('one', one), ...told('two', two)];
}

const failover: Make = (one, two) =>
  new FailoverRoute({ routes: [one.down(), two], onMiss: false, ttl: undefined, clock: one.clock });
const capped: Make = (one, two) =>
  new FailoverRoute({ routes: [one.down(), two], onMiss: false, ttl: 60, clock: one.clock });
const replicate =
  (mode: ReplicateMode): Make =>
  (one, two) =>
    new ReplicateRoute([one, two], mode, one.clock);
const strip: Make = (one, two) => new PrefixRoute(new Map([['t/', one]]), two, true);
const shadow: Make = (one, two) => new ShadowRoute(one, two, 1);
const warmUp: Make = (one, two) => new WarmUpRoute(one, two.put('a', '1'), 60, one.clock);

describe('a client that leaves', () => {
  it.each<[string, Make, Parameters<typeof leave>[1], string[]]>([
    ['prefix, stripped', strip, { key: 't/a' }, ['one: get a cancelled']],
    ['failover', failover, {}, ['one: get a cancelled', 'two: get a cancelled']],
    ['failover with a ttl', capped, { verb: 'store' }, ['one: set a cancelled', 'two: set a cancelled']],
    ['replicate fastest-read', replicate('fastest-read'), {}, ['one: get a cancelled', 'two: get a cancelled']],
    ['shadow', shadow, {}, ['one: get a cancelled', 'two: get a cancelled']],
    ['warm-up', warmUp, {}, ['one: get a cancelled', 'one: add a cancelled', 'two: get a cancelled']],
    [
      'warm-up, asked again',
      warmUp,
      { wantCas: true },
      ['one: get a cancelled', 'one: add a cancelled', 'one: get a cancelled', 'two: get a cancelled'],
    ],
  ])('takes along what it asked of %s', (_name, make, fields, told) => {
    expect(leave(make, fields)).toEqual(told);
  });

  it.each<[string, Make, Parameters<typeof leave>[1], string[]]>([
    ['all-sync', replicate('all-sync'), { verb: 'store' }, ['one: set a goes on', 'two: set a goes on']],
    ['all-async', replicate('all-async'), { verb: 'store' }, ['one: set a goes on', 'two: set a goes on']],
    ['a delete', replicate('all-async'), { verb: 'delete' }, ['one: delete a goes on', 'two: delete a goes on']],
    ['warm-up', warmUp, { verb: 'delete' }, ['one: delete a goes on', 'two: delete a goes on']],
    ['warm-up, settling', warmUp, { verb: 'store' }, ['one: set a cancelled', 'two: delete a goes on']],
  ])('leaves behind what must be done on all routes: %s', (_name, make, fields, told) => {
    expect(leave(make, fields)).toEqual(told);
  });

  it('leaves behind the copies of a compare-and-swap that was done', () => {
    for (const mode of ['all-sync', 'all-async'] as const) {
      const make: Make = (one, two) => replicate(mode)(one.put('a', '1'), two);
      const cas = BigInt(new FakeRoute().put('a', '1').item('a')?.cas ?? 0);
      expect(leave(make, { verb: 'store', cas })).toEqual(['one: cas a cancelled', 'two: set a goes on']);
    }
  });
});
