/**
 * A client of a proxy or a server puts framing extras in front of a write (magic 0x08, which memcached does not know).
 * Passed on to memcached, they would put a connection that all clients share out of step; taken without effect, they
 * would promise a durability that nobody keeps.
 */
import { expect, onTestFinished, test } from 'vitest';
import { createServer } from '../../src/server/index.ts';
import { startNode } from '../support/harness.ts';
import { answers, noopAnswer, packet, storeExtras } from '../support/packets.ts';
import { simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { TcpClient } from '../support/tcp-client.ts';
import { startCluster } from '../testing/support/start-cluster.ts';

/** SET of `k` with durability majority. */
const framed = Buffer.from(
  `08010201 08000000 0000000c 00000000 ${'00'.repeat(8)} 1101 ${'00'.repeat(8)} 6b76`.replaceAll(' ', ''),
  'hex',
).toString('latin1');
const plain = packet(0x01, { key: 'k', value: 'w', extras: storeExtras(0, 0) });

async function expectClosed(client: TcpClient): Promise<void> {
  const before = answers(await client.ask(plain + packet(0x0a, { opaque: 1 }), noopAnswer(1)));
  expect(before.map(({ status }) => status)).toEqual([0, 0]);
  client.send(framed + plain);
  await client.ended;
  expect(client.take()).toBe('');
}

test.each(['text', 'meta', 'binary'] as const)('in front of memcached (%s) the client is closed', async (protocol) => {
  const node = await startNode();
  const rig = await startProxy(simpleOptions({ nodes: node.address, protocol, timeout: 8000 }));
  const bystander = await rig.connect();
  await expectClosed(await rig.connect());
  expect(node.commands.map(({ verb, packet: fields }) => [verb, fields?.framing])).toEqual([['store', undefined]]);
  expect(await bystander.ask('get k\r\n', 'END\r\n')).toBe('VALUE k 0 1\r\nw\r\nEND\r\n');
});

test('in front of a bucket it is closed too', async () => {
  const cluster = await startCluster();
  const nodes = cluster.nodes.map(({ name }) => name);
  const rig = await startProxy(simpleOptions({ nodes, couchbase: cluster.credentials, timeout: 8000 }));
  await expectClosed(await rig.connect());
});

test('the embedded server closes it', async () => {
  const server = createServer({ port: 0 });
  onTestFinished(() => server.destroy());
  await expectClosed(await TcpClient.connect(await server.listen()));
});
