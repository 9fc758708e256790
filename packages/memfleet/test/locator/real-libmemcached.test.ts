import { beforeAll, test } from 'vitest';
import type { LocatorNode } from '../../src/cluster/locator/locator.ts';
import { fleetOf, nodesOf, proofSizes, randomKeys, weightsOf } from './support/fleet.ts';
import { ask, describeJudge, expectSameOwners, libmemcached, phpMemcached, type Question } from './support/judges.ts';

const keys = randomKeys(20_000);

/** The values of MEMCACHED_BEHAVIOR_… and MEMCACHED_DISTRIBUTION_… that make a scheme. */
const behavior = { hash: 2, ketama: 3, distribution: 9, ketamaWeighted: 16 };
const consistentKetamaSpy = 4;

/** MEMCACHED_HASH_… by name. Debian's build has no hsieh. */
const hashes: readonly (readonly [name: string, value: number])[] = [
  ['one_at_a_time', 0],
  ['md5', 1],
  ['crc', 2],
  ['fnv1_64', 3],
  ['fnv1a_64', 4],
  ['fnv1_32', 5],
  ['fnv1a_32', 6],
  ['murmur', 8],
  ['jenkins', 9],
  ['murmur3', 10],
];

type Behaviors = readonly (readonly [behavior: number, value: number])[];

const rings: [string, Behaviors][] = [
  ['ketama', [[behavior.ketamaWeighted, 1]]],
  [
    'libmemcached-ketama-spy',
    [
      [behavior.ketamaWeighted, 1],
      [behavior.distribution, consistentKetamaSpy],
    ],
  ],
  ['libmemcached-ketama-one_at_a_time', [[behavior.ketama, 1]]],
];
const modula = hashes.map(([name, value]): [string, Behaviors] => [
  `libmemcached-modula-${name}`,
  [[behavior.hash, value]],
]);
const otherRings = hashes.slice(1).map(([name, value]): [string, Behaviors] => [
  `libmemcached-ketama-${name}`,
  [
    [behavior.ketama, 1],
    [behavior.hash, value],
  ],
]);

interface Case {
  readonly title: string;
  readonly profile: string;
  readonly behaviors: Behaviors;
  readonly nodes: readonly LocatorNode[];
}

function cases(schemes: readonly [string, Behaviors][], sizes: readonly number[], weighted = false): Case[] {
  return schemes.flatMap(([profile, behaviors]) =>
    sizes.map((n) => ({
      title: `${profile}, ${n} ${weighted ? 'weighted ' : ''}nodes`,
      profile,
      behaviors,
      nodes: nodesOf(fleetOf(n), weighted ? weightsOf(n) : []),
    })),
  );
}

const sockets = ['/run/a.sock', '/run/b.sock', '/run/c.sock'].map((path) => ({
  id: path,
  host: path,
  port: 0,
  weight: 1,
}));

const all: Case[] = [
  ...cases(rings, proofSizes),
  ...cases([...rings, ...otherRings.slice(0, 2)], [3, 25], true),
  // Only the hash differs from one of these to the next: one large prime size shows it.
  ...cases([...modula, ...otherRings], [47]),
  { title: 'ketama, three Unix sockets', profile: 'ketama', behaviors: rings[0]![1], nodes: sockets },
];

describeJudge(libmemcached, 'libmemcached puts 20 000 random keys where we do', (program) => {
  let answers: readonly (readonly number[])[];
  beforeAll(() => {
    answers = ask(libmemcached, program, keys, all);
  }, 60_000);

  test.each(all.map((row, index) => [row.title, row, index] as const))('%s', (_, row, index) => {
    expectSameOwners(row.profile, row.nodes, keys, answers[index]);
  });
});

describeJudge(phpMemcached, 'php-memcached puts 20 000 random keys where we do', (program) => {
  test.each<[string, Question['options']]>([
    ['modulo', []],
    ['libmemcached-ketama-one_at_a_time', [['OPT_DISTRIBUTION', 'DISTRIBUTION_CONSISTENT']]],
    ['ketama', [['OPT_LIBKETAMA_COMPATIBLE', true]]],
  ])('%s, at every size', (profile, options) => {
    const fleets = proofSizes.map((n) => nodesOf(fleetOf(n)));
    const questions = fleets.map((nodes) => ({ nodes, ...(options && { options }) }));
    const answers = ask(phpMemcached, program, keys, questions);
    for (const [i, nodes] of fleets.entries()) expectSameOwners(profile, nodes, keys, answers[i]);
  });
});
