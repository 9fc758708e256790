/**
 * Builds the application once, and starts it. Without MEMCACHED_NODES: with a memcached server in this process.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'memfleet/server';

const { MEMCACHED_NODES, PORT = '3000' } = process.env;
const server = MEMCACHED_NODES ? undefined : createServer({ port: 0 });
const address = await server?.listen();
const env = { ...process.env, MEMCACHED_NODES: MEMCACHED_NODES ?? `127.0.0.1:${address.port}` };
const program = createRequire(import.meta.url).resolve('next/dist/bin/next');

function next(...argv) {
  return spawn(process.execPath, [program, ...argv], { cwd: import.meta.dirname, env, stdio: 'inherit' });
}

if (!existsSync(new URL('.next/BUILD_ID', import.meta.url))) await once(next('build'), 'exit');

const started = next('start', '--hostname', '127.0.0.1', '--port', PORT);
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => started.kill(signal));
const [code] = await once(started, 'exit');
await server?.close();
process.exitCode = code ?? 0;
