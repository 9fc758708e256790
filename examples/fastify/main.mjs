/** Rate limits that all processes share, and metrics of the client for Prometheus. */
import rateLimit from '@fastify/rate-limit';
import fastify from 'fastify';
import { createClient } from 'memfleet';
import { fastifyRateLimitStore } from 'memfleet/adapters/fastify-rate-limit';
import { Metrics } from 'memfleet/metrics';
import { createServer } from 'memfleet/server';
import { register } from 'prom-client';

/** Without MEMCACHED_NODES: a memcached server in this process. */
async function embeddedServer() {
  const server = createServer({ port: 0 });
  const { port } = await server.listen();
  return { nodes: `127.0.0.1:${port}`, close: () => server.close() };
}

const { MEMCACHED_NODES, PORT = '3000', LIMIT = '5' } = process.env;
const memcached = MEMCACHED_NODES ? { nodes: MEMCACHED_NODES, close: async () => {} } : await embeddedServer();
const client = createClient({ nodes: memcached.nodes, timeout: 500, pool: { warmUp: true } });
// Requests do not wait for the first connection.
await client.ready().catch(console.warn);

const metrics = new Metrics();
metrics.watch('limits', client);
metrics.register(register);

const app = fastify();
// A node that is out lets requests pass: the limit protects, it does not sell.
const store = fastifyRateLimitStore(client, { onFailure: 'allow' });
await app.register(rateLimit, { store, max: Number(LIMIT), timeWindow: 60_000 });

app.get('/', async () => ({ hello: 'world' }));

app.get('/metrics', { config: { rateLimit: false } }, async (_request, reply) => {
  reply.type(register.contentType);
  return register.metrics();
});

app.addHook('onClose', async () => {
  metrics.close();
  await client.close();
  await memcached.close();
});

console.log(await app.listen({ port: Number(PORT), host: '127.0.0.1' }));

process.once('SIGTERM', () => void app.close());
process.once('SIGINT', () => void app.close());
