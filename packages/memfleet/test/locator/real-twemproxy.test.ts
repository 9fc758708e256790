import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocatorNode } from '../../src/cluster/locator/locator.ts';
import { createLocator } from '../../src/cluster/locator/registry.ts';
import { bytes, fleetOf, nodesOf, proofSizes, randomKeys, weightsOf } from './support/fleet.ts';
import { describeJudge, nutcracker as judge } from './support/judges.ts';
import { type Nutcracker, type ProxyPool, startNutcracker } from './support/nutcracker.ts';

const keys = randomKeys(20_000).map(bytes);
const hashes = 'one_at_a_time md5 crc16 crc32 crc32a fnv1_64 fnv1a_64 fnv1_32 fnv1a_32 hsieh murmur jenkins'.split(' ');

function pool(distribution: 'ketama' | 'modula', hash: string, nodes: readonly LocatorNode[], name: string): ProxyPool {
  return { name: `${distribution}-${hash}-${name}`, distribution, hash, nodes };
}

/** Every hash on four weighted servers, and the rings and the order of servers at every size. */
const pools: ProxyPool[] = [
  ...hashes.flatMap((hash) => {
    const nodes = nodesOf(fleetOf(4), weightsOf(4));
    return [pool('ketama', hash, nodes, 'w4'), pool('modula', hash, nodes, 'w4')];
  }),
  ...proofSizes.flatMap((n) => {
    const nodes = nodesOf(fleetOf(n));
    return [pool('ketama', 'md5', nodes, `n${n}`), pool('modula', 'fnv1a_64', nodes, `n${n}`)];
  }),
  pool('ketama', 'fnv1a_64', nodesOf(fleetOf(25), weightsOf(25)), 'w25'),
];
const tagged: ProxyPool = { ...pool('ketama', 'md5', nodesOf(fleetOf(7)), 'tag'), hashTag: '{}' };

describeJudge(judge, 'twemproxy puts 20 000 random keys where we do', (program) => {
  let nutcracker: Nutcracker;
  beforeAll(async () => {
    nutcracker = await startNutcracker(program, [...pools, tagged]);
  });
  afterAll(() => nutcracker.stop());

  async function compare(proxy: ProxyPool, asked: readonly string[]): Promise<void> {
    const options = proxy.hashTag === undefined ? {} : { hashTag: proxy.hashTag };
    const locator = createLocator(`twemproxy-${proxy.distribution}-${proxy.hash}`, proxy.nodes, options);
    const answers = await nutcracker.owners(proxy.name, asked);
    const elsewhere = asked.filter((key, i) => locator.locate(key) !== answers[i]);
    expect(elsewhere.slice(0, 5)).toEqual([]);
  }

  test.each(pools)('$name', (proxy) => compare(proxy, keys));

  test('hash_tag {}: with marks, without, empty, open, twice', async () => {
    const forms = ['{KEY}', 'a{KEY}b', '{KEY', 'KEY}', '{}KEY', '{KEY}{other}', '}{KEY}', '{{KEY}}', 'KEY'];
    const asked = keys.slice(0, 2000).map((key, i) => forms[i % forms.length]!.replace('KEY', key.slice(0, 100)));
    await compare(tagged, asked);
  });
});
