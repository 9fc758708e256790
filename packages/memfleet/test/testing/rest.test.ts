import { get, request, type IncomingMessage } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseBucketDocument } from '../../src/couchbase/bucket-document.ts';
import type { ClusterOptions, SimulatedCluster, SimulatedNode } from '../../src/testing/index.ts';
import { startCluster } from './support/start-cluster.ts';

interface Answer {
  readonly code: number;
  readonly text: string;
}

function open(node: SimulatedNode, path: string, auth?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = get(`${node.restUrl}${path}`, auth === undefined ? {} : { auth }, resolve);
    asked.on('error', reject);
    onTestFinished(() => void asked.destroy());
  });
}

async function ask(node: SimulatedNode, path: string, auth?: string): Promise<Answer> {
  const response = await open(node, path, auth);
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { code: response.statusCode ?? 0, text };
}

const admin = 'Administrator:password';

async function documentAt(node: SimulatedNode, path: string, auth?: string): Promise<Record<string, unknown>> {
  const { code, text } = await ask(node, path, auth);
  expect(code).toBe(200);
  return JSON.parse(text) as Record<string, unknown>;
}

/** The documents of a stream, as they come. */
async function* documents(node: SimulatedNode, path: string, auth?: string): AsyncGenerator<Record<string, unknown>> {
  const response = await open(node, path, auth);
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    for (let end = text.indexOf('\n\n\n\n'); end >= 0; end = text.indexOf('\n\n\n\n')) {
      yield JSON.parse(text.slice(0, end)) as Record<string, unknown>;
      text = text.slice(end + 4);
    }
  }
}

async function nodeOf(options: ClusterOptions = {}): Promise<{ cluster: SimulatedCluster; node: SimulatedNode }> {
  const cluster = await startCluster({ nodes: 2, vbuckets: 4, ...options });
  return { cluster, node: cluster.nodes[1]! };
}

describe('the REST port', () => {
  test('leads from /pools to the bucket', async () => {
    const { cluster, node } = await nodeOf({ buckets: ['default', 'cache'] });
    expect(await documentAt(node, '/pools')).toMatchObject({ pools: [{ name: 'default', uri: '/pools/default' }] });
    const pool = await documentAt(node, '/pools/default', admin);
    expect(pool).toMatchObject({ buckets: { uri: '/pools/default/buckets' }, rebalanceStatus: 'none' });
    expect(pool['nodes']).toMatchObject(
      cluster.nodes.map(({ port }) => ({ status: 'healthy', ports: { direct: port } })),
    );
    const all = (await documentAt(node, '/pools/default/buckets', admin)) as unknown as { name: string }[];
    expect(all.map(({ name }) => name)).toEqual(['default', 'cache']);
    const bucket = await documentAt(node, '/pools/default/buckets/cache', admin);
    expect(bucket).toMatchObject({ name: 'cache', nodeLocator: 'vbucket', nodes: [{}, { thisNode: true }] });
  });

  test.each(['/pools/default/b/default', '/pools/default/buckets/default', '/pools/default/b/default/'])(
    '%s gives a document that names the nodes and the map',
    async (path) => {
      const { cluster, node } = await nodeOf();
      const document = await documentAt(node, path, admin);
      const config = parseBucketDocument(document, { host: node.host, tls: false, network: 'auto', bucket: 'default' });
      expect(config.nodes.map(({ name }) => name)).toEqual(cluster.nodes.map(({ name }) => name));
      expect(config.revision).toEqual({ epoch: 1, rev: cluster.rev });
      expect(config.map?.count).toBe(4);
    },
  );

  test.each([
    '/pools/default/bs/default',
    '/pools/default/bucketsStreaming/default',
    '/pools/default/bucketsStreamingConfig/default',
    '/pools/default/saslBucketsStreaming',
    '/pools/default/nodeServicesStreaming',
    '/poolsStreaming/default',
  ])('%s goes on: a document at every change', async (path) => {
    const { cluster, node } = await nodeOf({ replicas: 0 });
    const stream = documents(node, path, admin);
    const first = (await stream.next()).value;
    expect(node.streams).toBe(1);
    await cluster.rebalance({ add: 1 });
    let last = first;
    const size = (document: Record<string, unknown>): number =>
      JSON.stringify(document).split(`:${cluster.nodes[2]!.port}`).length;
    while (size(last) === 1) last = (await stream.next()).value;
    expect(size(first)).toBe(1);
    await stream.return(undefined);
  });

  test('nodeServices lists the nodes without a bucket', async () => {
    const { node } = await nodeOf();
    const document = await documentAt(node, '/pools/default/nodeServices', admin);
    expect(document['nodesExt']).toMatchObject([
      { services: { kv: expect.any(Number), mgmt: expect.any(Number) } },
      { thisNode: true },
    ]);
  });

  test('wants a login: 401 without or with a wrong one, 404 for what is not there', async () => {
    const { node } = await nodeOf({ buckets: ['default', { name: 'private', users: [] }] });
    for (const path of ['/pools/default', '/pools/default/b/default', '/pools/default/bs/default']) {
      expect((await ask(node, path)).code).toBe(401);
      expect((await ask(node, path, 'Administrator:wrong')).code).toBe(401);
    }
    expect((await ask(node, '/pools/default/b/private', admin)).code).toBe(401);
    expect((await ask(node, '/pools/default/b/nothing', admin)).code).toBe(404);
    expect((await ask(node, '/nothing', admin)).code).toBe(404);
    expect((await ask(node, '/pools/default/b/%ff', admin)).code).toBe(404);
  });

  test('takes GET only', async () => {
    const { node } = await nodeOf();
    const code = await new Promise((resolve) => {
      request(`${node.restUrl}/pools`, { method: 'POST' }, (response) => resolve(response.resume().statusCode)).end();
    });
    expect(code).toBe(404);
  });

  test('can be taken over by a test', async () => {
    const { node } = await nodeOf();
    node.restHook = (asked, response) => {
      if (asked.url !== '/pools') return false;
      response.end('<html>a proxy</html>');
      return true;
    };
    expect((await ask(node, '/pools')).text).toBe('<html>a proxy</html>');
    expect((await ask(node, '/pools/default', admin)).code).toBe(200);
    node.restHook = undefined;
    expect((await ask(node, '/pools')).text).toMatch(/^\{/);
  });

  test('names hosts as $HOST where the cluster listens on all addresses', async () => {
    const cluster = await startCluster({ nodes: 1, host: '0.0.0.0' });
    const document = cluster.document();
    expect(document).toMatchObject({ vBucketServerMap: { serverList: [`$HOST:${cluster.nodes[0]!.port}`] } });
    expect((document['nodesExt'] as object[])[0]).not.toHaveProperty('hostname');
  });
});

describe('the REST port of the Membase era', () => {
  const membase = (): ReturnType<typeof nodeOf> =>
    nodeOf({ era: 'membase', buckets: ['default', { name: 'cache', password: 'secret' }] });

  test('gives old documents: no revision, no nodesExt, the password of the bucket', async () => {
    const { cluster, node } = await membase();
    const document = await documentAt(node, '/pools/default/buckets/cache', 'cache:secret');
    expect(document).toMatchObject({ bucketType: 'membase', authType: 'sasl', saslPassword: 'secret' });
    expect(document).not.toHaveProperty('rev');
    expect(document).not.toHaveProperty('nodesExt');
    expect(document['nodes']).toMatchObject(cluster.nodes.map(({ port }) => ({ ports: { direct: port } })));
    const config = parseBucketDocument(document, { host: node.host, tls: false, network: 'auto', bucket: 'cache' });
    expect(config.nodes.map(({ name }) => name)).toEqual(cluster.nodes.map(({ name }) => name));
  });

  test('shows the bucket default to all clients, others to clients with their password', async () => {
    const { node } = await membase();
    const codes = async (...asked: [string, string?][]): Promise<number[]> => {
      const answers = await Promise.all(asked.map(([path, auth]) => ask(node, `/pools/default/buckets/${path}`, auth)));
      return answers.map(({ code }) => code);
    };
    expect(await codes(['default'], ['cache'], ['cache', 'cache:wrong'], ['cache', 'cache:secret'])).toEqual([
      200, 401, 401, 200,
    ]);
    expect(await codes(['cache', admin], ['nothing'])).toEqual([200, 404]);
  });

  test('does not know the terse paths', async () => {
    const { node } = await membase();
    for (const path of ['b/default', 'bs/default', 'nodeServices'])
      expect((await ask(node, `/pools/default/${path}`, admin)).code).toBe(404);
  });
});
