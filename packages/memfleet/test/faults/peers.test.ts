/**
 * What was found in the lab on the other Node clients: each finding is something that memfleet does right. Clients:
 * memcache 1.10 (jaredwray), memjs 1.3.2, memcached 2.2.2 (3rd-Eden), memcache-client 1.0.5 (electrode).
 */
import { connect as connectSocket, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  ConnectError,
  ConnectionClosedError,
  InvalidArgumentError,
  InvalidKeyError,
  TimeoutError,
} from '../../src/core/errors.ts';
import { fnv1a } from '../../src/hash/fnv.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { FakeClock } from '../support/fake-clock.ts';
import {
  connect,
  connectWarm,
  deadAddress,
  expectNothingLeft,
  failure,
  socketPath,
  startNode,
  within,
} from '../support/harness.ts';
import { afterProbe, type ScriptedNode } from '../support/scripted-node.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];

/** Another client, without a library: says a text and gives what comes back up to a mark. */
async function say(node: ScriptedNode, text: string, mark: string): Promise<string> {
  const [host, port] = node.address.split(':') as [string, string];
  const socket: Socket = connectSocket({ host, port: Number(port) });
  onTestFinished(() => void socket.destroy());
  socket.write(text, 'latin1');
  let answer = '';
  for await (const chunk of socket) {
    answer += (chunk as Buffer).toString('latin1');
    if (answer.includes(mark)) break;
  }
  return answer;
}

describe.each(protocols)('%s', (protocol) => {
  test('50 parallel first gets open one socket', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    await Promise.all(Array.from({ length: 50 }, () => client.get('k')));
    expect(node.connections.length).toBe(1);
  });

  test('steady writes do not postpone the timeout', async () => {
    const node = await startNode(afterProbe(() => {}));
    const { client } = connect(node, { protocol, timeout: 100 });
    const writes: Promise<unknown>[] = [];
    const writer = setInterval(() => writes.push(client.set('k', 'value').catch(() => {})), 5);
    onTestFinished(() => clearInterval(writer));
    expect(await failure(client.get('k'), 2000)).toBeInstanceOf(TimeoutError);
    expect(writes.length).toBeGreaterThan(0);
    clearInterval(writer);
    await within(2000, Promise.all(writes));
  });

  test('a timeout is an error, not a miss', async () => {
    const node = await startNode(afterProbe(() => {}));
    const { client } = await connectWarm(node, { protocol, timeout: 50 });
    const error = await failure(client.get('k'));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.sent).toBe(true);
  });

  test('a dead node is an error, not a miss', async () => {
    const { client } = connect(await deadAddress(), { protocol });
    const error = await failure(client.get('k'));
    expect(error).toBeInstanceOf(ConnectError);
    expect(error.sent).toBe(false);
  });

  test('a Unix path works', async () => {
    const node = await startNode({}, socketPath());
    const { client } = connect(node, { protocol });
    await client.set('k', 'over a Unix socket');
    expect(await client.get('k')).toBe('over a Unix socket');
    expect(client.nodeOf('k')).toBe(node.address);
  });

  test('a Buffer comes back as a Buffer, byte for byte', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    expect(await client.set('k', bytes)).toBe(true);
    const read = await client.get('k');
    expect(Buffer.isBuffer(read)).toBe(true);
    expect(read).toEqual(bytes);
  });

  test('the counters 9007199254740993 and 2^33 + 1 are exact', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    await client.set('big', 9007199254740992n);
    expect(await client.incr('big', 1n)).toBe(9007199254740993n);
    expect(await client.get('big')).toBe(9007199254740993n);
    await client.set('middle', 2 ** 33);
    expect(await client.incr('middle')).toBe(2 ** 33 + 1);
  });

  test('the cas token is reachable', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    await client.set('k', 'one');
    const read = await client.gets('k');
    expect(typeof read?.cas).toBe('bigint');
    expect(await client.cas('k', 'two', read?.cas ?? 0n)).toBe('stored');
    expect(await client.cas('k', 'three', read?.cas ?? 0n)).toBe('exists');
  });

  test('a connection that is idle for longer than the timeout stays open', async () => {
    const node = await startNode();
    const clock = new FakeClock();
    const { client } = connect(node, { protocol, timeout: 100, clock });
    await client.set('k', 1);
    await clock.advanceAsync(3_600_000);
    expect(await client.get('k')).toBe(1);
    expect(node.connections.length).toBe(1);
  });

  test('a key of 250 two-byte characters is refused: keys are measured in bytes', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    expect(await failure(client.get('é'.repeat(250)))).toBeInstanceOf(InvalidKeyError);
    expect(await client.set('é'.repeat(125), 'fits')).toBe(true);
    expect(node.commands.length).toBe(1);
  });

  test('prepend prepends and append appends', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    await client.set('k', 'b');
    expect(await client.prepend('k', 'a')).toBe(true);
    expect(await client.append('k', 'c')).toBe(true);
    expect(await client.get('k')).toBe('abc');
  });

  test('a node that closes in mid-request fails that call, and the next one works', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol, retry: false });
    await client.set('k', 'value');
    node.script = {
      onCommand: (_, connection) => {
        connection.end();
        node.script = {};
        return true;
      },
    };
    expect(await failure(client.get('k'))).toBeInstanceOf(ConnectionClosedError);
    expect(await client.get('k')).toBe('value');
  });

  test('a key of 300 bytes is refused here, so that no node closes because of it', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    await client.set('k', 1);
    expect(await failure(client.get('x'.repeat(300)))).toBeInstanceOf(InvalidKeyError);
    expect(await client.get('k')).toBe(1);
    expect(node.connections.length).toBe(1);
  });

  test('a string with CR LF is read by other clients as it was written', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    await client.set('k', 'one\r\ntwo\\');
    expect(await say(node, 'get k\r\n', 'END')).toBe('VALUE k 0 9\r\none\r\ntwo\\\r\nEND\r\n');
  });

  test('a value from elsewhere that holds \\r\\nEND\\r\\n comes whole, and the next get works', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    const value = 'x\r\nEND\r\nVALUE k 0 1\r\ny\r\nEND\r\n';
    await say(node, `set k 0 0 ${value.length}\r\n${value}\r\n`, 'STORED');
    expect(await client.get('k')).toBe(value);
    expect(await client.getMany(['k', 'l', 'k2'])).toEqual(new Map([['k', value]]));
    expect(await client.get('none')).toBe(undefined);
  });

  test('a dead node fails at once; the client itself probes whether it is back, over its own protocol', async () => {
    const node = await startNode();
    const test = connect(node, {
      protocol,
      timeout: 5000,
      ejectAfter: 1,
      ejectTime: 20,
      pool: { backoff: { initial: 1 } },
    });
    await node.down();
    const started = performance.now();
    await failure(test.client.get('k'));
    expect(performance.now() - started).toBeLessThan(2000);
    const readmitted = new Promise((resolve) => {
      test.client.on('readmit', resolve);
    });
    await node.listen();
    await within(3000, readmitted);
    expect(await test.client.get('k')).toBe(undefined);
    await expectNothingLeft(test, node);
  });

  test('set(key, undefined) rejects: it does not throw, and nothing is sent', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    const promise = client.set('k', undefined);
    expect(await failure(promise)).toBeInstanceOf(InvalidArgumentError);
    expect(node.connections.length).toBe(0);
  });

  test('a key cannot carry a second command', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    const key = 'a\r\nset pwned 0 0 4\r\nevil';
    await client.set(key, 'value').catch(() => {});
    await client.get(key).catch(() => {});
    await client.getMany([key, 'k']).catch(() => {});
    await client.delete(`${key}\r\n`).catch(() => {});
    await client.incr(key).catch(() => {});
    await client.touch(key, 1).catch(() => {});
    await client.serverStats(key).catch(() => {});
    expect(await client.get('pwned')).toBe(undefined);
    expect(node.store.store.count).toBeLessThanOrEqual(1);
  });

  test('without a ttl a value lives for ever', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    await client.set('k', 1);
    await client.set('l', 1, 60);
    const now = Math.floor(Date.now() / 1000);
    expect(node.store.store.find('k', now)?.exptime).toBe(0);
    expect(node.store.store.find('l', now)?.exptime).toBeGreaterThanOrEqual(now + 59);
  });

  test('set(key, true) stores true', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol });
    expect(await client.set('k', true)).toBe(true);
    expect(await client.get('k')).toBe(true);
  });
});

test('FNV-1a is FNV-1a: products are taken in 32 bits', () => {
  // Vectors of the draft of the algorithm (draft-eastlake-fnv, appendix C).
  expect(fnv1a('')).toBe(0x811c9dc5);
  expect(fnv1a('a')).toBe(0xe40c292c);
  expect(fnv1a('foobar')).toBe(0xbf9cf968);
});
