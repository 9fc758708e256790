/** What errors of nodes and connections say. */
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { AuthenticationError, ClosedError, ConnectError, TimeoutError } from '../../src/core/errors.ts';
import { createServer } from '../../src/server/index.ts';
import { connect, deadAddress, failure, startNode } from '../support/harness.ts';

test('a host that accepts and never replies is called that', async () => {
  const silent = createTcpServer();
  onTestFinished(() => void silent.close());
  await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const client = createClient({ nodes: address, timeout: 100, retry: false });
  onTestFinished(() => client.destroy());
  const error = await failure(client.get('a'));
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error.message).toBe(`get "a" → ${address}: the node has never replied`);
});

test('a refused connection has the address once', async () => {
  const address = await deadAddress();
  const client = createClient({ nodes: address });
  onTestFinished(() => client.destroy());
  for (let call = 0; call < 4; call++) {
    const { message } = await failure(client.get('a'));
    expect(message).toContain('ECONNREFUSED');
    expect(message.split(address)).toHaveLength(2);
  }
});

test('TLS against a plain port says that the node does not speak it', async () => {
  const node = await startNode();
  const { client } = connect(node, { tls: true, retry: false });
  const error = await failure(client.get('a'));
  expect(error).toBeInstanceOf(ConnectError);
  expect(error.message).toBe(`${node.address} does not speak TLS`);
});

describe.each(['close', 'destroy'] as const)('after %s', (end) => {
  test('every call says that the client is closed', async () => {
    const { client } = connect(await startNode());
    await client.get('a');
    await client[end]();
    for (const call of [client.get('a'), client.set('a', 1), client.getMany(['a', 'b']), client.version()]) {
      const error = await failure(call);
      expect(error.message).toContain('the client is closed');
    }
    expect(await failure(client.get('a'))).toBeInstanceOf(ClosedError);
  });
});

test.each(['text', 'meta', 'binary'] as const)('%s: a refused password does not appear', async (protocol) => {
  const server = createServer({ port: 0, users: { ada: 'right' } });
  onTestFinished(() => server.destroy());
  const { port } = (await server.listen()) as { port: number };
  const login = { username: 'ada', password: 'hunter2secret' };
  const client = createClient({ nodes: `127.0.0.1:${port}`, protocol, ...login, retry: false });
  onTestFinished(() => client.destroy());
  const error = await failure(client.get('a'));
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain(login.password);
});
