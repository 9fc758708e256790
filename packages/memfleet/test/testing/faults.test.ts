import { connect } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { InvalidArgumentError } from '../../src/core/errors.ts';
import { status } from '../../src/core/status.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import { createCluster, type NodeFault, type NodeRequest, type SimulatedCluster } from '../../src/testing/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { nextUncaught } from '../support/next-uncaught.ts';
import { selfSigned } from '../support/self-signed.ts';
import { DataClient } from './support/data-client.ts';
import { startCluster } from './support/start-cluster.ts';

const clock = new FakeClock();

/** A cluster of one node, which does this with every GET. */
async function faulty(fault: NodeFault): Promise<{ cluster: SimulatedCluster; client: DataClient }> {
  const cluster = await startCluster({ nodes: 1, clock });
  cluster.fault = ({ name }) => (name === 'get' ? fault : undefined);
  return { cluster, client: await DataClient.ready(cluster) };
}

describe('a node can be told to', () => {
  test('refuse with a status', async () => {
    const { cluster, client } = await faulty({ kind: 'status', status: status.temporaryFailure });
    expect(await client.get('foo')).toMatchObject({ code: status.temporaryFailure });
    expect(await client.set('foo', 'x')).toMatchObject({ code: status.success });
    cluster.fault = undefined;
    expect(await client.get('foo')).toMatchObject({ code: status.success });
  });

  test.each([
    [true, 1],
    [false, 0],
  ])('refuse the vBucket (with the map: %s)', async (map, datatype) => {
    const { client } = await faulty({ kind: 'refuse', map });
    expect(await client.get('foo')).toMatchObject({ code: status.notMyVbucket, datatype });
  });

  test('say nothing', async () => {
    const { client } = await faulty({ kind: 'silence' });
    client.send(opcode.get, { key: 'foo' });
    const before = client.answers.length;
    await client.ask(opcode.noop);
    expect(client.answers).toHaveLength(before + 1);
  });

  test('be slow, in order', async () => {
    const { cluster, client } = await faulty({ kind: 'delay', ms: 500 });
    const before = client.answers.length;
    client.send(opcode.get, { key: 'foo' });
    client.send(opcode.noop);
    // What comes by another connection is not held up.
    await (await DataClient.ready(cluster)).ask(opcode.noop);
    expect(client.answers).toHaveLength(before);
    clock.advance(500);
    await client.until(() => client.answers.length === before + 2);
    expect(client.answers.at(-1)?.opcode).toBe(opcode.noop);
  });

  test('drop the connection before it acts, or after', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const requests: NodeRequest[] = [];
    const node = cluster.nodes[0]!;
    node.fault = (request) => {
      requests.push(request);
      if (request.key === 'early') return { kind: 'drop' };
      return request.key === 'late' ? { kind: 'lose' } : undefined;
    };
    for (const key of ['early', 'late']) {
      const client = await DataClient.ready(cluster);
      const before = client.answers.length;
      client.send(opcode.set, { key, value: 'x', extras: '\0'.repeat(8) });
      await client.closed;
      expect(client.answers).toHaveLength(before);
    }
    expect(cluster.inspect('early')[0]?.value).toBeUndefined();
    expect(cluster.inspect('late')[0]?.value?.toString()).toBe('x');
    expect(requests.at(-1)).toEqual({
      node: node.name,
      opcode: opcode.set,
      collection: 0,
      name: 'set',
      key: 'late',
      vbucket: cluster.vbucketOf('late'),
      bucket: 'default',
    });
  });
});

describe('a hook that returns something other than a fault', () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ kind: 'statsu', status: 1 }, 'a fault hook returned the kind "statsu"; it must be one of: status, refuse,'],
    [Promise.resolve(), 'a fault hook returned the kind undefined'],
    [{ kind: 'toString' }, 'a fault hook returned the kind "toString"'],
    [{ kind: 'status' }, 'a fault hook returned "status" with status undefined; it must be a whole number'],
    [{ kind: 'refuse', map: 1 }, 'a fault hook returned "refuse" with map 1; it must be true or false'],
    [{ kind: 'delay', ms: -1 }, 'a fault hook returned "delay" with ms -1; it must be'],
  ];

  test.each(wrong)('%j: the error says what is wrong', (fault, message) => {
    const { nodes } = createCluster({ nodes: 1 });
    nodes[0]!.fault = () => fault as NodeFault;
    const command = new Command('packet', 'foo');
    command.packet = { opcode: opcode.get, opaque: 1, extras: undefined, datatype: 0 };
    expect(() => nodes[0]!.judge(command, undefined)).toThrow(InvalidArgumentError);
    expect(() => nodes[0]!.judge(command, undefined)).toThrow(message);
  });

  test('throws an error that nothing catches, as a hook that throws does', async () => {
    for (const hook of [() => ({ kind: 'statsu' }) as never, () => fail('from the hook')]) {
      const cluster = await startCluster({ nodes: 1 });
      const client = await DataClient.ready(cluster);
      cluster.fault = hook;
      const thrown = nextUncaught();
      client.send(opcode.noop);
      expect(await thrown).toBeInstanceOf(InvalidArgumentError);
    }
  });
});

function fail(message: string): never {
  throw new InvalidArgumentError(message);
}

test('a cluster with certificates has a data port for TLS, and says so in its documents', async () => {
  const { key, cert } = selfSigned;
  const cluster = await startCluster({ nodes: 1, tls: { key, cert } });
  const node = cluster.nodes[0]!;
  expect(cluster.document()['nodesExt']).toMatchObject([{ services: { kv: node.port, kvSSL: node.tlsPort } }]);
  const socket = connect({ port: node.tlsPort!, host: node.host, ca: cert, checkServerIdentity: () => undefined });
  const client = new DataClient(cluster, socket);
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  expect(await client.plain('Administrator', 'password')).toMatchObject({ code: status.success });
  await cluster.destroy();
  await client.closed;
});
