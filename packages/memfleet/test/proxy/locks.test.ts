/** Moxi's `getl` and `unl` in front of a bucket, and in front of anything else. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Protocol } from '../../src/protocol/codec.ts';
import { createServer } from '../../src/server/index.ts';
import type { ClusterOptions } from '../../src/testing/index.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { testClient } from '../couchbase/support/fake-cluster.ts';
import { startNode } from '../support/harness.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { TcpClient } from '../support/tcp-client.ts';
import { startCluster } from '../testing/support/start-cluster.ts';

async function started(options: ClusterOptions = {}) {
  const cluster = await startCluster({ nodes: 3, replicas: 1, ...options });
  const nodes = cluster.nodes.map(({ name }) => name);
  const where =
    options.era === 'membase'
      ? { couchbase: { urls: cluster.restUrls, mechanisms: ['PLAIN'] } }
      : { nodes, couchbase: cluster.credentials };
  const rig = await startProxy(simpleOptions({ ...where, timeout: 8000, connectTimeout: 5000 }));
  return { cluster, rig, client: await rig.connect() };
}

/** Locks `k`: the cas of the lock. */
async function lock(client: TcpClient, seconds = ' 10'): Promise<string> {
  const reply = await client.ask(`getl k${seconds}\r\n`, 'END\r\n');
  const [, cas = ''] = /^VALUE k 7 3 (\d+)\r\nv:1\r\nEND\r\n$/.exec(reply) ?? [];
  expect([reply, cas]).toEqual([reply, expect.stringMatching(/^\d+$/)]);
  return cas;
}

const line = (client: TcpClient, text: string): Promise<string> => client.ask(`${text}\r\n`, '\r\n');
const store = (client: TcpClient): Promise<string> => line(client, 'set k 7 0 3\r\nv:1');

describe('in front of a bucket', () => {
  test('getl locks and unl unlocks, with the replies of Moxi', async () => {
    const { client, rig } = await started();
    expect(await line(client, 'getl k 10')).toBe('NOT_FOUND\r\n');
    expect(await line(client, 'unl k 5')).toBe('NOT_FOUND\r\n');
    expect(await store(client)).toBe('STORED\r\n');
    expect(await line(client, 'unl k 5')).toBe('UNLOCK_ERROR\r\n');
    const cas = await lock(client);
    // Another client does not wait for it.
    const other = await rig.connect();
    expect(await line(other, 'getl k 10')).toBe('LOCK_ERROR\r\n');
    expect(await line(other, `unl k ${BigInt(cas) + 1n}`)).toBe('UNLOCK_ERROR\r\n');
    expect(await other.ask('get k\r\n', 'END\r\n')).toBe('VALUE k 7 3\r\nv:1\r\nEND\r\n');
    expect(await line(client, `unl k ${cas}`)).toBe('UNLOCKED\r\n');
    // The holder's cas ends the lock as well.
    const again = await lock(other, '');
    expect(await line(other, `cas k 7 0 3 ${again}\r\nv:1`)).toBe('STORED\r\n');
    expect(await lock(client)).not.toBe(again);
  });

  test('replies come in the order of the requests', async () => {
    const { client } = await started();
    await store(client);
    const said = await client.ask('getl none 5\r\nget k\r\nunl k 9\r\ngetl k\r\ngetl k 5\r\nmn\r\n', 'MN\r\n');
    expect(said.replace(/3 \d+\r\n/, '3 CAS\r\n')).toBe(
      'NOT_FOUND\r\nVALUE k 7 3\r\nv:1\r\nEND\r\nUNLOCK_ERROR\r\nVALUE k 7 3 CAS\r\nv:1\r\nEND\r\nLOCK_ERROR\r\nMN\r\n',
    );
  });

  test('a lock lasts as long as it says, 15 seconds without a time', async () => {
    const clock = new FakeClock();
    const { client } = await started({ clock });
    await store(client);
    for (const [seconds, ms] of [
      [' 3', 3000],
      ['', 15_000],
      [' 0', 15_000],
      [' 2147483647', 15_000],
    ] as const) {
      await lock(client, seconds);
      clock.advance(ms - 1);
      expect(await line(client, 'getl k 1')).toBe('LOCK_ERROR\r\n');
      clock.advance(1);
    }
    await lock(client);
  });

  test('a key is found where its vBucket is, also after it moved', async () => {
    const { client, cluster } = await started();
    await store(client);
    const from = cluster.nodeOf('k')!;
    await cluster.moveVbucket(
      cluster.vbucketOf('k'),
      cluster.nodes.find(({ id }) => id !== from.id)!,
    );
    const cas = await lock(client);
    expect(await line(client, `unl k ${cas}`)).toBe('UNLOCKED\r\n');
  });

  test('of the Membase era, where a lock is a temporary failure', async () => {
    const { client } = await started({ era: 'membase' });
    await store(client);
    const cas = await lock(client);
    expect(await line(client, 'getl k 10')).toBe('LOCK_ERROR\r\n');
    expect(await line(client, `unl k ${BigInt(cas) + 1n}`)).toBe('UNLOCK_ERROR\r\n');
    expect(await line(client, `unl k ${cas}`)).toBe('UNLOCKED\r\n');
  });

  test('a client of the bucket sees the lock of the proxy, and the reverse', async () => {
    const { client, cluster } = await started();
    const nodes = cluster.nodes.map(({ name }) => name);
    const direct = testClient({ nodes, couchbase: cluster.credentials, timeout: 8000 });
    await store(client);
    const cas = BigInt(await lock(client));
    expect(await direct.bucket.exists('k')).toBe(true);
    await expect(direct.bucket.getAndLock('k', 5, { timeout: 500 })).rejects.toThrow('The item is locked');
    expect(await direct.bucket.unlock('k', cas)).toBe('unlocked');
    const held = await direct.bucket.getAndLock('k', 5);
    expect(await line(client, 'getl k')).toBe('LOCK_ERROR\r\n');
    expect(await line(client, `unl k ${held!.cas}`)).toBe('UNLOCKED\r\n');
  });
});

const wrong = ['getl', 'getl k x', 'getl k -1', 'getl k 2147483648', 'getl k 1 noreply', `getl ${'k'.repeat(251)} 1`];
wrong.push('unl', 'unl k', 'unl k x', 'unl k -1', 'unl k 18446744073709551616', 'unl k 1 1', 'GETL k 1');

describe('a line with a wrong word is an unknown command', () => {
  test.each(wrong)('%s', async (text) => {
    const { client } = await started();
    expect(await line(client, text)).toBe('ERROR\r\n');
    expect(await store(client)).toBe('STORED\r\n');
  });
});

describe('elsewhere both are unknown commands, and nothing is sent', () => {
  async function expectUnknown(client: TcpClient): Promise<void> {
    expect(await line(client, 'getl k 10')).toBe('ERROR\r\n');
    expect(await line(client, 'getl k')).toBe('ERROR\r\n');
    expect(await line(client, 'unl k 5')).toBe('ERROR\r\n');
    expect(await store(client)).toBe('STORED\r\n');
  }

  test.each(['text', 'meta', 'binary'] satisfies Protocol[])('in front of memcached (%s)', async (protocol) => {
    const node = await startNode();
    const rig: ProxyRig = await startProxy(simpleOptions({ nodes: node.address, protocol, timeout: 8000 }));
    await expectUnknown(await rig.connect());
    expect(node.commands.map(({ verb }) => verb)).toEqual(['store']);
  });

  test('in front of memcached behind a static map', async () => {
    const node = await startNode();
    const map = { numReplicas: 0, serverList: [node.address], vBucketMap: [[0]] };
    const rig = await startProxy(simpleOptions({ couchbase: { map, hello: false }, timeout: 8000 }));
    await expectUnknown(await rig.connect());
    expect(node.commands.map(({ verb }) => verb)).toEqual(['store']);
  });

  test('in the embedded server', async () => {
    const server = createServer({ port: 0 });
    onTestFinished(() => server.destroy());
    await expectUnknown(await TcpClient.connect(await server.listen()));
  });
});
