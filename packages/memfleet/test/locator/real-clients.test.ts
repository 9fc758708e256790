import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { createLocator } from '../../src/cluster/locator/registry.ts';
import { bytes, fleetOf, nodesOf, proofSizes, randomKeys, weightsOf } from './support/fleet.ts';
import { ask, dalli, describeJudge, expectSameOwners, pymemcache, pythonMemcached } from './support/judges.ts';

const keys = randomKeys(20_000);
const fleets = proofSizes.map((n) => nodesOf(fleetOf(n)));

describeJudge(dalli, 'Dalli puts 20 000 random keys where we do', (program) => {
  test('at every size, with weights, and with nodes out', () => {
    const weighted = nodesOf(fleetOf(7), weightsOf(7));
    const dead = [1, 2, 5];
    const questions = [...fleets.map((nodes) => ({ nodes })), { nodes: weighted }, { nodes: weighted, dead }];
    const answers = ask(dalli, program, keys, questions);
    for (const [i, nodes] of fleets.entries()) expectSameOwners('dalli', nodes, keys, answers[i]);
    expectSameOwners('dalli', weighted, keys, answers.at(-2));
    expectSameOwners('dalli', weighted, keys, answers.at(-1), dead);
  });
});

describeJudge(pythonMemcached, 'python-memcached puts 20 000 random keys where we do', (program) => {
  test('at every size, with weights, and with nodes out', () => {
    const weighted = nodesOf(fleetOf(7), weightsOf(7));
    const dead = [1, 5];
    const questions = [...fleets.map((nodes) => ({ nodes })), { nodes: weighted }, { nodes: weighted, dead }];
    const answers = ask(pythonMemcached, program, keys, questions);
    for (const [i, nodes] of fleets.entries()) expectSameOwners('python-memcached', nodes, keys, answers[i]);
    expectSameOwners('python-memcached', weighted, keys, answers.at(-2));
    // It gives up after ten tries, where we take any live node: those few keys are left out.
    const found = keys.map((_, i) => answers.at(-1)?.[i] !== -1);
    const kept = (_: unknown, i: number): boolean => found[i]!;
    expect(found.filter(Boolean).length).toBeGreaterThan(19_000);
    expectSameOwners('python-memcached', weighted, keys.filter(kept), answers.at(-1)?.filter(kept), dead);
  });
});

describeJudge(pymemcache, 'pymemcache puts random keys where we do', (program) => {
  // Its murmur3 is pure Python, 10 µs a hash and one hash per node: fewer keys on the large fleets.
  test.each([
    [20_000, [2, 3]],
    [5000, [4, 7]],
    [500, [25, 47, 100]],
  ])('%i keys on %j nodes', (count, sizes) => {
    const some = keys.slice(0, count);
    const fleets = sizes.map((n) => nodesOf(fleetOf(n)));
    const answers = ask(
      pymemcache,
      program,
      some,
      fleets.map((nodes) => ({ nodes })),
    );
    for (const [i, nodes] of fleets.entries()) expectSameOwners('pymemcache', nodes, some, answers[i]);
  });

  test('with nodes out', () => {
    const some = keys.slice(0, 3000);
    const nodes = nodesOf(fleetOf(7));
    const [owners] = ask(pymemcache, program, some, [{ nodes, dead: [0, 4] }]);
    expectSameOwners('pymemcache', nodes, some, owners, [0, 4]);
  });
});

const load = createRequire(import.meta.url);

interface HashRing {
  get(key: string): string;
}
type MemcachedClass = new (servers: string[] | Record<string, number>) => { HashRing: HashRing; end(): void };
interface Memjs {
  Client: { create(servers: string): { getServer(key: string): number; close(): void } };
}
const Memcached = load('memcached') as MemcachedClass;
const memjs = load('memjs') as Memjs;

describe('npm memcached puts 20 000 random keys where 3rd-eden does', () => {
  test.each(proofSizes)('%i nodes', (n) => {
    const addresses = fleetOf(n);
    const client = new Memcached(addresses);
    const answers = keys.map((key) => addresses.indexOf(client.HashRing.get(key)));
    client.end();
    expectSameOwners('3rd-eden', nodesOf(addresses), keys, answers);
  });

  test('with weights', () => {
    const addresses = fleetOf(7);
    const weights = weightsOf(7);
    const client = new Memcached(Object.fromEntries(addresses.map((address, i) => [address, weights[i]!])));
    const answers = keys.map((key) => addresses.indexOf(client.HashRing.get(key)));
    client.end();
    expectSameOwners('3rd-eden', nodesOf(addresses, weights), keys, answers);
  });

  test('at 7 nodes some keys are elsewhere than with libmemcached, as they are in truth', () => {
    const [ours, theirs] = ['ketama', '3rd-eden'].map((profile) => createLocator(profile, nodesOf(fleetOf(7))));
    const moved = keys.filter((key) => ours!.locate(bytes(key)) !== theirs!.locate(bytes(key))).length;
    expect(moved / keys.length).toBeGreaterThan(0.01);
    expect(moved / keys.length).toBeLessThan(0.05);
  });
});

describe('npm memjs puts 20 000 random keys where we do', () => {
  test.each(proofSizes)('%i nodes', (n) => {
    const addresses = fleetOf(n);
    const client = memjs.Client.create(addresses.join(','));
    const answers = keys.map((key) => client.getServer(key));
    client.close();
    expectSameOwners('memjs', nodesOf(addresses), keys, answers);
  });
});
