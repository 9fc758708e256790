// Plain CommonJS: what the README does, by `require`.
const assert = require('node:assert/strict');
const { createClient, MemcacheError } = require('memfleet');
const core = require('memfleet/core');
const { createServer } = require('memfleet/server');
const { FakeClock } = require('memfleet/testing');

async function main() {
  assert.equal(core.MemcacheError, MemcacheError);
  const clock = new FakeClock();
  const server = createServer({ port: 0, clock });
  const { port } = await server.listen();
  const cache = createClient(`127.0.0.1:${port}`);
  await cache.set('user:42', { name: 'Ada' }, 60);
  assert.deepEqual(await cache.get('user:42'), { name: 'Ada' });
  clock.advance(61_000);
  assert.equal(await cache.get('user:42'), undefined);
  await cache.close();
  await assert.rejects(cache.get('user:42'), MemcacheError);
  await server.close();
  console.log('CommonJS works');
}
void main();
