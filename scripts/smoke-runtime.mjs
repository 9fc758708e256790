/**
 * The built library on the runtime that runs this file (Node, Bun): an embedded server, a client by each protocol,
 * directly and through a proxy, a value of 1 MB, many pipelines at once through the proxy, a node that goes away.
 * Prints one line; exits 1 when something is not as it should be.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { createClient } from '../packages/memfleet/dist/index.js';
import { createProxy } from '../packages/memfleet/dist/proxy/index.js';
import { createServer } from '../packages/memfleet/dist/server/index.js';

/** @param {'meta' | 'text' | 'binary'} protocol @param {string} node @param {string} way */
async function exercise(protocol, node, way) {
  const client = createClient({ nodes: node, protocol, prefix: `${way}:${protocol}:`, timeout: 5000 });
  const large = Buffer.alloc(1024 * 1024 - 1024, 'memfleet');
  assert.equal(await client.set('text', 'grüße'), true);
  assert.equal(await client.get('text'), 'grüße');
  assert.equal(await client.set('large', large), true);
  assert.equal(Buffer.compare(/** @type {Buffer} */ (await client.get('large')), large), 0);
  assert.equal(await client.incr('counter', 1n, { initial: 2n ** 63n }), 2n ** 63n);
  const keys = Array.from({ length: 500 }, (_, index) => `key${index}`);
  await client.setMany(keys.map((key, index) => /** @type {const} */ ([key, index])));
  const values = await Promise.all(keys.map((key) => client.get(key)));
  assert.deepEqual(
    values,
    keys.map((_, index) => index),
  );
  assert.equal((await client.getMany(keys)).size, keys.length);
  await client.close();
}

/**
 * Pipelines gets of a key that is not there; resolves when all are answered. @param {number} port @param {number} count
 * @returns {Promise<void>}
 */
function pipeline(port, count) {
  return new Promise((resolve, reject) => {
    const answer = 'END\r\n'.repeat(count);
    let received = '';
    const socket = connect({ port, host: '127.0.0.1' });
    socket.setTimeout(10_000, () => socket.destroy(new Error('a pipeline was not answered')));
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (received.length < answer.length) return;
      socket.destroy();
      if (received === answer) resolve();
      else reject(new Error('a pipeline was answered wrongly'));
    });
    socket.write('get none\r\n'.repeat(count));
  });
}

const server = createServer({ port: 0 });
const address = await server.listen();
const node = 'port' in address ? `127.0.0.1:${address.port}` : '';
for (const protocol of /** @type {const} */ (['meta', 'text', 'binary'])) await exercise(protocol, node, 'directly');

const proxy = createProxy({
  listeners: [{ port: 0, route: 'main' }],
  clusters: { main: { nodes: node } },
});
const [front] = await proxy.listen();
const frontPort = front !== undefined && 'port' in front ? front.port : 0;
for (const protocol of /** @type {const} */ (['meta', 'text', 'binary']))
  await exercise(protocol, `127.0.0.1:${frontPort}`, 'proxied');
// More than the proxy decodes at once, so that some wait.
await Promise.all(Array.from({ length: 40 }, () => pipeline(frontPort, 500)));
await proxy.close();

const client = createClient({ nodes: node, timeout: 500, retry: false });
await client.set('key', 'value');
await server.destroy();
await assert.rejects(
  client.get('key'),
  (error) => /** @type {{ code?: string }} */ (error).code?.startsWith('ERR_') === true,
);
await client.close();

const versions = /** @type {Record<string, string | undefined>} */ (process.versions);
const runtime = versions['bun'] === undefined ? `Node ${process.version}` : `Bun ${versions['bun']}`;
console.log(`${runtime}: the client, the proxy and the embedded server work`);
