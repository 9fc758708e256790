import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/index.ts';
import type { Network } from '../../src/net/network.ts';
import { transportStream } from '../../src/net/transport-stream.ts';
import { systemNetwork } from '../../src/session/system-network.ts';
import { createCluster } from '../../src/testing/index.ts';
import { memoryPair } from '../support/memory-transport.ts';

/** The sockets of the kernel, but not their usual way into HTTP. */
const network: Network = { ...systemNetwork };

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

describe('HTTP on transports', () => {
  it('gives a client of a cluster its map, and its changes', async () => {
    const cluster = createCluster({ nodes: 1, vbuckets: 1024, network });
    opened.push(cluster);
    await cluster.listen();
    const [node] = cluster.nodes;
    const { username, password } = cluster.credentials;
    const client = createClient({
      couchbase: { bucket: 'default', urls: node?.restUrl ?? '', username, password },
      network,
    });
    opened.push(client);
    await client.set('key', 'value');
    expect(node?.streams).toBe(1);
    await cluster.rebalance({ add: 1 });
    await client.set('key', 'value');
    expect(await client.get('key')).toBe('value');
  });

  it('a refused connection is an error that names the URL', async () => {
    const couchbase = { bucket: 'default', urls: 'http://127.0.0.1:1', username: 'u', password: 'p' };
    const client = createClient({ couchbase, network, timeout: 2000 });
    opened.push(client);
    await expect(client.get('key')).rejects.toThrow(/127\.0\.0\.1:1.*ECONNREFUSED/s);
  });
});

describe('a stream over a transport', () => {
  it('stops the transport while nobody reads, and its writer while the transport holds bytes', async () => {
    let near!: ReturnType<typeof memoryPair>[0];
    let far!: ReturnType<typeof memoryPair>[1];
    const stream = transportStream((events) => {
      [near, far] = memoryPair(events, { onData() {}, onDrain() {}, onEnd() {}, onClose() {} });
      return near;
    });
    opened.push({ close: () => Promise.resolve(stream.destroy()) });
    far.write([Buffer.alloc(200_000)]);
    far.deliver();
    expect(near.isPaused).toBe(true);
    expect(stream.readableLength).toBe(200_000);
    expect((stream.read() as Buffer).length).toBe(200_000);
    stream.read(0);
    expect(near.isPaused).toBe(false);

    near.window = 0;
    let written = 0;
    stream.write(Buffer.alloc(100_000), () => written++);
    await Promise.resolve();
    expect(written).toBe(0);
    near.window = Infinity;
    near.write([Buffer.alloc(1)]);
    near.deliver();
    await new Promise<void>((resolve) => void stream.write('x', () => resolve()));
    expect(written).toBe(1);
  });
});
