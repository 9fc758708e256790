/** Clients that find their nodes themselves. */
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Client, type ClientOptions, createClient } from '../../src/client/index.ts';
import { startNode } from '../support/harness.ts';

function clientOf(options: ClientOptions | string): Client {
  const client = createClient(options);
  onTestFinished(() => client.destroy());
  return client;
}

/** A configuration endpoint that gives whatever `list` says. */
async function endpoint(list: () => string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.end(`CONFIG cluster 0 1\r\n${list()}\n\r\nEND\r\n`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a configuration endpoint: nodes that come and go, while the others keep their connections', async () => {
  const [one, two] = [await startNode(), await startNode()];
  const entry = (node: { address: string }): string => node.address.replace(':', '||');
  let list = `1\n${entry(one)}`;
  const client = clientOf({ nodes: `elasticache://${await endpoint(() => list)}`, refreshInterval: 20 });
  await client.set('a', 1);
  const changed = new Promise<object>((resolve) => void client.on('topology', resolve));
  list = `2\n${entry(one)} ${entry(two)}`;
  expect(await changed).toMatchObject({ added: [two.address], removed: [], nodes: [one.address, two.address] });
  expect(client.stats().nodes[0]).toMatchObject({ node: one.address, connects: 1 });
  const told = new Promise<string>(
    (resolve) => void client.on('discoveryError', ({ error }) => resolve(error.message)),
  );
  list = '3\n';
  expect(await told).toMatch(/has no nodes/);
  expect(client.stats().nodes).toHaveLength(2);
});

test('as a connection string', async () => {
  const node = await startNode();
  const address = await endpoint(() => `1\nhost.example|${node.address.replace(':', '|')}`);
  const client = clientOf(`elasticache://${address}?timeout=900`);
  await client.set('a', 1);
  expect(client.nodeOf('a')).toBe(node.address);
});

test('a host that is not an endpoint: the call fails with the reason', async () => {
  const node = await startNode();
  const client = clientOf({ nodes: `memorystore://${node.address}` });
  await expect(client.get('a')).rejects.toThrow('the endpoint has no configuration of a cluster');
});

test('a host name by DNS', async () => {
  const node = await startNode();
  const port = Number(node.address.split(':')[1]);
  const client = clientOf(`memcached://dns+127.0.0.1:${port}/?timeout=900`);
  await client.set('a', 1);
  expect(client.nodeOf('a')).toBe(node.address);
});

test('a function that fails: the call fails with that', async () => {
  const nodes = (): string[] => {
    throw new Error('no registry');
  };
  await expect(clientOf({ nodes }).get('a')).rejects.toThrow('the nodes function failed: no registry');
});
