/**
 * `NODE_DEBUG=memfleet` prints the diagnostics channels. The variable is read when a process begins, so each test runs
 * one.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = `
  import { subscribe } from 'node:diagnostics_channel';
  import { channels, createClient } from 'memfleet';
  import { createServer } from 'memfleet/server';

  const server = createServer({ port: 0 });
  const { port } = await server.listen();
  const client = createClient('127.0.0.1:' + port);
  await client.set('a\\u001b[31m', 1);
  await client.incr('a text', 1).catch(() => {});
  console.log(Object.values(channels).filter((channel) => channel.hasSubscribers).length);
  await client.close();
  await server.close();
`;

async function run(debug: string): Promise<{ stdout: string; stderr: string }> {
  const args = ['--input-type=module', '--eval', program];
  const env = { ...process.env, NODE_DEBUG: debug };
  return promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, env });
}

test('NODE_DEBUG=memfleet prints what the channels say, one message a line, without control characters', async () => {
  const { stdout, stderr } = await run('memfleet');
  expect(stdout).toBe('8\n');
  expect(stderr).toMatch(/^MEMFLEET \d+: memfleet:topology revision: 1, nodes: \[ '127\.0\.0\.1:\d+' \], /m);
  expect(stderr).toMatch(
    /^MEMFLEET \d+: memfleet:connect node: '127\.0\.0\.1:\d+', duration: [\d.]+, protocol: 'meta'$/m,
  );
  expect(stderr).toMatch(
    /^MEMFLEET \d+: memfleet:command operation: 'set', .*key: 'a\\x1B\[31m', .*responseStatus: 'ok', duration: [\d.]+$/m,
  );
  expect(stderr.split('\n').filter((line) => line !== '' && !line.startsWith('MEMFLEET'))).toEqual([]);
});

test('without it nothing is printed, and nothing subscribes to a channel', async () => {
  expect(await run('http')).toMatchObject({ stdout: '0\n', stderr: '' });
});
