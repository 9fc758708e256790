import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ClientOptions } from '../../src/client/index.ts';
import type { MemcacheError } from '../../src/core/errors.ts';
import { deadAddress } from '../support/harness.ts';
import { selfSigned } from '../support/self-signed.ts';
import { flat } from './support/documents.ts';
import { FakeCluster, type Rows, testClient } from './support/fake-cluster.ts';

const two: Rows = [[0], [1], [0], [1]];

/** A web server that answers by path; others are 404. */
async function web(pages: Record<string, () => unknown>): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request.url!);
    const page = pages[request.url!]?.();
    if (page === undefined) response.writeHead(404).end();
    else response.end(typeof page === 'string' ? page : JSON.stringify(page));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** What a get fails with; it must not take longer than the call's own time. */
async function failure(options: ClientOptions): Promise<MemcacheError> {
  const client = testClient({ timeout: 1000, ...options });
  const startedAt = performance.now();
  const error: unknown = await client.get('hello').catch((thrown: unknown) => thrown);
  expect(performance.now() - startedAt).toBeLessThan(1500);
  expect(error).toBeInstanceOf(Error);
  return error as MemcacheError;
}

describe('where the map comes from', () => {
  test('a connection string names hosts, bucket, user and options', async () => {
    const users = { me: 'p@ss' };
    const cluster = await FakeCluster.start(2, two, { users, needsLogin: true, buckets: ['shop'] });
    cluster.fields = { name: 'shop' };
    const hosts = cluster.addresses.join(',');
    const client = testClient(`couchbase://me:p%40ss@${hosts}/shop?timeout=900&pool.max=1&pollInterval=500`);
    await client.set('hello', 1);
    expect(cluster.nodes[0]!.items.has('hello')).toBe(true);
    expect([...cluster.nodes[0]!.sessions].map(({ user, bucket }) => [user, bucket])).toContainEqual(['me', 'shop']);
  });

  test('where no node gives it by the data port, HTTP does', async () => {
    const cluster = await FakeCluster.start(2, two, { config: undefined });
    const { url, asked } = await web({ '/pools/default/bucketsStreaming/default': () => cluster.document() });
    const client = cluster.client({ couchbase: { urls: [url] } });
    await client.set('hello', 1);
    expect(cluster.nodes[0]!.items.has('hello')).toBe(true);
    expect(asked).toEqual(['/pools/default/bs/default', '/pools/default/bucketsStreaming/default']);
  });

  test('with URLs alone no data port is polled', async () => {
    const cluster = await FakeCluster.start(2, two);
    const { url } = await web({ '/map': () => cluster.document() });
    const client = testClient({ couchbase: { urls: `${url}/map` } });
    await client.set('hello', 1);
    expect(cluster.nodes.flatMap((node) => node.log)).not.toContain('getClusterConfig');
  });

  test('a Membase cluster: HTTP, all buckets in one document, the bucket’s password from it', async () => {
    const cluster = await FakeCluster.start(2, two, {
      features: undefined,
      mechanisms: 'CRAM-MD5 PLAIN',
      users: { shop: 'secret' },
      config: undefined,
    });
    const serverList = cluster.nodes.map(({ port }) => `$HOST:${port}`);
    const vBucketServerMap = { hashAlgorithm: 'CRC', numReplicas: 0, serverList, vBucketMap: two };
    const buckets = [{ name: 'shop', nodeLocator: 'vbucket', saslPassword: 'secret', vBucketServerMap }];
    const { url } = await web({ '/pools/default/saslBucketsStreaming': () => ({ buckets }) });
    const urls = [`${url}/pools/default/saslBucketsStreaming`];
    const client = testClient({ couchbase: { bucket: 'shop', urls } });
    await client.set('hello', 1);
    expect([...cluster.nodes[0]!.sessions][0]).toMatchObject({ user: 'shop', bucket: 'shop' });
    expect(cluster.nodes[0]!.items.has('hello')).toBe(true);
  });

  test('a password without a name is that of the bucket', async () => {
    const cluster = await FakeCluster.start(1, [[0]], { users: { default: 'secret' }, needsLogin: true });
    await cluster.client({ couchbase: { password: 'secret' } }).set('a', 1);
    expect(cluster.nodes[0]!.items.has('a')).toBe(true);
  });

  test('a static map is read for the network that is given, as a document from a node is', () => {
    const external = (port: number): object => ({ hostname: 'link', ports: { kvSSL: port } });
    const map = {
      ...flat({ serverList: ['10.0.0.1:11210', '10.0.0.2:11210'], vBucketMap: [[0], [1]] }),
      nodesExt: [11_001, 11_002].map((port, n) => ({
        hostname: `10.0.0.${n + 1}`,
        services: { kv: 11_210 },
        alternateAddresses: { external: external(port) },
      })),
    };
    const client = testClient({ tls: {}, couchbase: { map, network: 'external' } });
    expect(client.stats().nodes.map(({ node }) => node)).toEqual(['link:11001', 'link:11002']);
  });

  test('a static map: an object, its JSON, or a file', async () => {
    const cluster = await FakeCluster.start(2, two, { config: undefined });
    const directory = mkdtempSync(join(tmpdir(), 'memfleet-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'map.json');
    const serverList = cluster.addresses;
    const map = { hashAlgorithm: 'CRC', numReplicas: 0, serverList, vBucketMap: two };
    writeFileSync(path, JSON.stringify(map));
    for (const given of [map, JSON.stringify(map), path]) {
      const client = testClient({ couchbase: { map: given } });
      await client.set('hello', 1);
      expect(cluster.nodes[0]!.items.delete('hello')).toBe(true);
    }
    expect(cluster.nodes.flatMap((node) => node.log)).not.toContain('getClusterConfig');
  });

  test('a memcached-type bucket: keys by ketama', async () => {
    const cluster = await FakeCluster.start(3, [[0], [1], [2], [0]], {
      script: ({ verb }) => (verb === 'store' ? { code: 0 } : undefined),
    });
    const nodes = cluster.nodes.map(({ port }) => ({ hostname: '$HOST:8091', ports: { direct: port } }));
    cluster.fields = { nodeLocator: 'ketama', nodes, nodesExt: undefined, vBucketServerMap: undefined };
    const client = cluster.client();
    // The ring is made of the ports, which differ from run to run: there are enough keys that every node has some.
    for (const key of Array.from({ length: 100 }, (_, i) => `key:${i}`)) {
      await client.set(key, 1);
      const index = cluster.addresses.indexOf(client.nodeOf(key)!);
      expect(cluster.nodes[index]!.commands.map((command) => command.key)).toContain(key);
    }
    expect(cluster.nodes.every((node) => node.commands.length > 0)).toBe(true);
    await expect(client.getMany(['a', 'foo'])).rejects.toMatchObject({ code: 'ERR_PARTIAL_RESULT' });
  });

  test('with TLS the nodes are dialled at their TLS ports, and the login is PLAIN', async () => {
    const cluster = await FakeCluster.start(2, two, {
      users: { me: 'secret' },
      needsLogin: true,
      certificate: selfSigned,
    });
    cluster.fields = { nodesExt: cluster.nodes.map(({ port }) => ({ services: { kv: 1, kvSSL: port } })) };
    const client = cluster.client({ tls: { ca: selfSigned.cert }, couchbase: { username: 'me', password: 'secret' } });
    await client.set('hello', 1);
    expect(cluster.nodes[0]!.items.has('hello')).toBe(true);
    expect(cluster.nodes[0]!.log).not.toContain('saslStep');
  });

  test('couchbases:// does not trust a self-signed certificate', async () => {
    const cluster = await FakeCluster.start(1, [[0]], { certificate: selfSigned });
    const client = testClient(`couchbases://${cluster.addresses[0]}/default?bootstrap=data`);
    await expect(client.get('a')).rejects.toThrow(/self-signed certificate/);
  });

  test('the map of HTTP stays when a later document is bad', async () => {
    const cluster = await FakeCluster.start(2, two);
    let page: unknown = cluster.document();
    const { url } = await web({ '/map': () => page });
    const client = testClient({ couchbase: { urls: `${url}/map`, pollInterval: 100 } });
    await client.set('hello', 1);
    const told = new Promise<string>(
      (resolve) => void client.on('discoveryError', ({ error }) => resolve(error.message)),
    );
    page = '<html>maintenance</html>';
    expect(await told).toMatch(/no JSON, it begins with "<html>maintenance/);
    expect(await client.get('hello')).toBe(1);
  });

  test('after the client is closed no request is sent and nothing is left', async () => {
    const cluster = await FakeCluster.start(2, two);
    const client = cluster.client({ couchbase: { pollInterval: 100 } });
    await client.getMany(['hello', 'user:1']);
    await client.close();
    await expect.poll(() => cluster.nodes.map((node) => node.sessions.size)).toEqual([0, 0]);
  });

  test('a client that is destroyed while it looks for the map lets go', async () => {
    const cluster = await FakeCluster.start(1, two, { script: () => 'silent' });
    const client = cluster.client();
    const call = client.get('hello');
    await expect.poll(() => cluster.nodes[0]!.sessions.size).toBe(1);
    client.destroy();
    await expect(call).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect.poll(() => cluster.nodes[0]!.sessions.size).toBe(0);
  });
});

describe('what is wrong is said, and nothing hangs', () => {
  const needsLogin = { users: { me: 'right' }, needsLogin: true };

  test('a wrong password', async () => {
    const cluster = await FakeCluster.start(1, two, needsLogin);
    const error = await failure({ nodes: cluster.addresses, couchbase: { username: 'me', password: 'wrong' } });
    expect(error.code).toBe('ERR_AUTHENTICATION');
    expect(error.message).toBe(`${cluster.addresses[0]} refused the password of the user "me" (Auth failure.)`);
  });

  test('no password', async () => {
    const cluster = await FakeCluster.start(1, two, needsLogin);
    const error = await failure({ nodes: cluster.addresses, couchbase: {} });
    expect(error.message).toBe(`${cluster.addresses[0]} requires a username and password, and none are configured`);
  });

  test('an unknown bucket', async () => {
    const cluster = await FakeCluster.start(1, two);
    const error = await failure({ nodes: cluster.addresses, couchbase: { bucket: 'shop', bootstrap: 'data' } });
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toMatch(/has no bucket "shop", or the user may not use it/);
  });

  test.each([
    ['no nodes', { nodesExt: [] }, /names no node with the data service/],
    ['no data service', { nodesExt: [{ services: { mgmt: 8091 } }] }, /names no node with the data service/],
    ['0 vBuckets', { vBucketServerMap: { numReplicas: 0, vBucketMap: [] } }, /has 0 vBuckets/],
    ['3 vBuckets', { vBucketServerMap: { numReplicas: 0, vBucketMap: [[0], [0], [0]] } }, /has 3 vBuckets/],
    ['indexes out of range', { vBucketServerMap: { numReplicas: 0, vBucketMap: [[7]] } }, /names server 7/],
    ['another bucket', { name: 'other' }, /describes the bucket "other", not "default"/],
  ])('a map with %s', async (_, fields, message) => {
    const cluster = await FakeCluster.start(1, [[0]]);
    cluster.fields = fields;
    const error = await failure({ nodes: cluster.addresses, couchbase: { bootstrap: 'data' } });
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toMatch(message);
    expect(error.message).toContain(cluster.addresses[0]);
  });

  test('a web server at the data port', async () => {
    const { url } = await web({});
    const error = await failure({ nodes: url.slice(7), couchbase: { bootstrap: 'data' } });
    expect(error.message).toMatch(/is not a memcached server: it replied "HTTP\/1.1 400 Bad Request/);
  });

  test('a proxy that responds with HTML instead of the map', async () => {
    const { url } = await web({ '/map': () => '<!DOCTYPE html><title>Sign in</title>' });
    const error = await failure({ couchbase: { urls: `${url}/map` } });
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toMatch(
      /\/map: not a bucket's document: no JSON, it begins with "<!DOCTYPE html>.*a proxy\?/,
    );
  });

  test('neither way leads to a map', async () => {
    const cluster = await FakeCluster.start(1, [[0]], { config: undefined });
    const { url } = await web({});
    const error = await failure({ nodes: cluster.addresses, couchbase: { urls: `${url}/map` } });
    expect(error.message).toMatch(/has no configuration \(Unknown command\); http:\/\/127.*\/map responded 404/);
  });

  test('nobody listens', async () => {
    const error = await failure({ nodes: await deadAddress(), couchbase: { bootstrap: 'data' } });
    expect(error.code).toBe('ERR_CONNECT');
  });

  test('a node that says nothing', async () => {
    const server = createTcpServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const error = await failure({ nodes: `127.0.0.1:${port}`, couchbase: { bootstrap: 'data' }, timeout: 200 });
    expect(error.code).toBe('ERR_TIMEOUT');
    expect(error.message).toBe('no node list before the deadline');
  });

  test('calls during the bad time say why; when it is over they go through', async () => {
    const cluster = await FakeCluster.start(1, [[0]]);
    cluster.fields = { nodesExt: [] };
    const client = cluster.client({ couchbase: { bootstrap: 'data' }, timeout: 2000 });
    await expect(client.get('a')).rejects.toThrow('names no node');
    cluster.fields = {};
    expect(await client.set('a', 1)).toBe(true);
  });
});

describe('options that cannot be used are refused before anything is opened', () => {
  const refused: readonly [options: ClientOptions | string, message: RegExp][] = [
    [{ couchbase: { bucket: '' } }, /"couchbase.bucket" must be a text/],
    [{ couchbase: { buckets: 'x' } as object }, /unknown option "couchbase.buckets"/],
    [{ couchbase: { mechanisms: ['CRAM-MD5'] } }, /"couchbase.mechanisms" must be a list of "SCRAM-SHA512"/],
    [{ couchbase: { username: 'me' } }, /"couchbase.username" needs "couchbase.password"/],
    [{ username: 'a', password: 'b', couchbase: { password: 'c' } }, /are set twice/],
    [{ couchbase: { urls: 'ftp://x' } }, /"ftp:\/\/x" is not an http\(s\) URL/],
    [{ couchbase: { urls: ['nonsense'] } }, /is not an http\(s\) URL/],
    [{ couchbase: { map: '/no/such/file' } }, /cannot read the file/],
    [{ couchbase: { map: '{"vBucketMap":' } }, /"couchbase.map": not a bucket's document: no JSON/],
    [{ couchbase: { map: flat({ serverList: [] }) } }, /"couchbase.map": the document names no node/],
    [
      { couchbase: { map: flat({ vBucketMap: [[0, 1, 2]] }), bucket: 'x', pollInterval: 1 } },
      /"couchbase.pollInterval"/,
    ],
    [{ nodes: 'unix:/run/x', couchbase: {} }, /have no socket paths/],
    [{ nodes: () => ['a'], couchbase: {} }, /"nodes" must be a string or a list if "couchbase" is given/],
    [{ nodes: 'dns+a', couchbase: {} }, /cannot stand in this list/],
    [{ nodes: [], couchbase: {} }, /empty list/],
    [{ locator: 'ketama', couchbase: {} }, /"locator" contradicts "couchbase"/],
    [{ protocol: 'meta', couchbase: {} }, /"protocol": "meta" contradicts/],
    [{ failure: 'redistribute', couchbase: {} }, /"redistribute" contradicts/],
    [{ replica: 'on-error' }, /"replica" needs "couchbase"/],
    ['couchbase:///bucket', /names no host/],
    ['couchbase://a/b/c', /must name one bucket/],
    ['couchbase://a/b?mechanisms=NONE', /"couchbase.mechanisms"/],
    ['couchbases://a/%zz', /not URL-encoded/],
  ];

  test.each(refused)('%j', (options, message) => {
    expect(() => testClient(options)).toThrow(message);
  });

  test('nodes that are set by hand', async () => {
    const cluster = await FakeCluster.start(1, [[0]]);
    const client = cluster.client();
    await client.get('a');
    expect(() => client.setNodes('b')).toThrow('the nodes of a Couchbase bucket come from the cluster');
    expect(await client.get('a')).toBeUndefined();
  });
});
