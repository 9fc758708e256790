/** Does a client hold its process? Each test runs one. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createServer } from 'memfleet/server';
import { expect, onTestFinished, test } from 'vitest';

/** Runs a program with a client, and gives what it printed until it ended. */
async function run(body: string): Promise<string> {
  const server = createServer({ port: 0 });
  onTestFinished(() => server.destroy());
  const { port } = (await server.listen()) as { port: number };
  const program = `
    import { createClient } from 'memfleet';
    const client = createClient({ nodes: '127.0.0.1:${port}', timeout: 3_600_000 });
    ${body}`;
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  return stdout;
}

test('unref before the first call: a process with an idle client ends', async () => {
  expect(await run(`client.unref(); await client.set('k', 1); console.log(await client.get('k'));`)).toBe('1\n');
});

test('unref of a client that is connected: requests in flight get their replies, then the process ends', async () => {
  const body = `await client.set('k', 1); client.unref(); client.get('k').then(console.log);`;
  expect(await run(body)).toBe('1\n');
});

test('unref holds for connections that are made later, and ref takes it back', async () => {
  const body = `
    client.unref();
    await client.set('k', 1);
    client.ref();
    process.once('beforeExit', () => console.log('idle'));
    const timer = setTimeout(() => { console.log('held'); client.unref(); }, 50);
    timer.unref();`;
  expect(await run(body)).toBe('held\nidle\n');
});
