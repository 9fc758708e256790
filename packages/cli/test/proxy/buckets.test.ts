/** Plain text clients reach a bucket of a Couchbase-type cluster, and do not notice that its vBuckets move. */
import { createCluster, type SimulatedCluster } from 'memfleet/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { OriginArguments } from '../../src/proxy/command-line.ts';
import { originOf } from '../../src/proxy/origin.ts';
import { createLogger } from '../../src/proxy/run/logger.ts';
import { ProxyProgram } from '../../src/proxy/run/proxy-program.ts';
import { TextClient } from './text-client.ts';

async function cluster(): Promise<SimulatedCluster> {
  const simulated = createCluster({ nodes: 2, buckets: ['default', 'sales'], vbuckets: 16 });
  await simulated.listen();
  onTestFinished(() => simulated.close());
  return simulated;
}

/** A client of a proxy that was started with these options. */
async function clientOf(given: OriginArguments): Promise<TextClient> {
  let address = '';
  const stream = {
    write: (line: string) => {
      const { message, address: where } = JSON.parse(line) as { message: string; address: string };
      if (message === 'listening') address = where;
    },
  };
  const load = originOf(given);
  const program = new ProxyProgram(load(), load, createLogger({ level: 'info', format: 'json' }, {}, stream));
  await program.start();
  onTestFinished(() => program.stop('the test is over'));
  return TextClient.open(address);
}

async function exercise(client: TextClient, simulated: SimulatedCluster): Promise<void> {
  const keys = Array.from({ length: 40 }, (_, index) => `key:${index}`);
  for (const key of keys) expect(await client.set(key, key)).toBe('STORED\r\n');
  await simulated.rebalance({ add: 1 });
  const answer = await client.get(...keys);
  expect(answer.match(/^VALUE /gm)).toHaveLength(keys.length);
  expect(await client.ask('incr key:0 1')).toMatch(/^CLIENT_ERROR/);
}

const listen = { host: '127.0.0.1', port: 0 };

test('--couchbase with hosts', async () => {
  const simulated = await cluster();
  const { username, password } = simulated.credentials;
  const hosts = simulated.nodes.map(({ name }) => name).join(',');
  await exercise(
    await clientOf({ listen, couchbase: `couchbase://${username}:${password}@${hosts}/sales` }),
    simulated,
  );
});

test("Moxi's -z with a URL", async () => {
  const simulated = await cluster();
  const { username, password } = simulated.credentials;
  const [node] = simulated.nodes;
  const url = `http://${node?.host}:${node?.restPort}/pools/default/bucketsStreaming/default`;
  await exercise(await clientOf({ listen, moxi: `auth=${username}%${password},url=${url}` }), simulated);
});
