/** Starts what `nitro build` has built. Without MEMCACHED_NODES: with a memcached server in this process. */
import { createServer } from 'memfleet/server';

if (!process.env.MEMCACHED_NODES) {
  const { port } = await createServer({ port: 0 }).listen();
  process.env.MEMCACHED_NODES = `127.0.0.1:${port}`;
}
process.env.HOST ??= '127.0.0.1';
await import(new URL('.output/server/index.mjs', import.meta.url).href);
