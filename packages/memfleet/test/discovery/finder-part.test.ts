/** What looks nodes up is loaded before the first lookup. */
import { expect, it } from 'vitest';
import { finderPart } from '../../src/cluster/discovery/finder-part.ts';
import { sourceOfNodes } from '../../src/cluster/discovery/node-list.ts';
import { InvalidOptionError } from '../../src/core/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { unloadedPart } from '../support/unloaded-part.ts';
import { Found, settled } from './support.ts';

function start(nodes: string) {
  const clock = new FakeClock();
  const found = new Found();
  const lookups: string[] = [];
  const resolver = {
    addresses: (host: string) => {
      lookups.push(host);
      return Promise.resolve([`${host}.1`]);
    },
    services: () => Promise.resolve([]),
  };
  const source = sourceOfNodes(nodes, { clock, keepAliveDelay: 0, resolver, random: () => 0.5 });
  source.start(found);
  return { clock, found, lookups, source };
}

it('names are looked up after the finders are loaded, and again without loading them', async () => {
  const part = unloadedPart(finderPart);
  const { clock, found, lookups } = start('dns+cache:1');
  expect(lookups).toEqual([]);
  await part.arrive();
  expect(found.lists).toEqual([['cache.1:1']]);
  clock.advance(30_000);
  await settled();
  expect(lookups).toEqual(['cache', 'cache']);
  expect(part.loads).toBe(1);
});

it('a plain list loads nothing', () => {
  const part = unloadedPart(finderPart);
  expect(start('a,b').found.lists).toHaveLength(1);
  expect(part.loads).toBe(0);
});

it('an entry with a fault is refused before anything is loaded', () => {
  const part = unloadedPart(finderPart);
  expect(() => start('dns+cache:0')).toThrow(InvalidOptionError);
  expect(() => start('elasticache://a/b/c')).toThrow(InvalidOptionError);
  expect(part.loads).toBe(0);
});

it('finders that cannot be loaded are an error of the source, which asks again', async () => {
  const part = unloadedPart(finderPart);
  const { clock, found } = start('dns+cache:1');
  await part.fail(new Error('no such file'));
  expect(found.errors).toEqual(['dns+cache:1 failed: no such file']);
  expect(clock.timers).toBe(1);
});

it('a source that is stopped during the load looks nothing up', async () => {
  const part = unloadedPart(finderPart);
  const { found, lookups, source } = start('dns+cache:1');
  source.stop();
  await part.arrive();
  expect(lookups).toEqual([]);
  expect(found.lists).toEqual([]);
  expect(found.errors).toEqual([]);
});
