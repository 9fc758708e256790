import { MemcacheError } from 'memfleet';
import { createServer } from 'memfleet/server';
// What was compiled runs.
import { open, partial, read } from './consumer.js';

async function main(): Promise<void> {
  const server = createServer({ port: 0 });
  const { port } = await server.listen();
  const cache = open({ nodes: `127.0.0.1:${port}` });
  await cache.set('user:42', { name: 'Ada' }, 60);
  if ((await read(cache, 'user:42')) !== 'Ada') throw new Error('wrong value');
  if (partial(new MemcacheError('none')) !== undefined) throw new Error('a class is not what it is');
  await cache.close();
  await server.close();
  console.log('compiled works');
}
void main();
