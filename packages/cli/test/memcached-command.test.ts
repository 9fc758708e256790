/** `memfleet memcached`: every word behind it is memcached's. */
import { createConnection } from 'node:net';
import { expect, test } from 'vitest';
import { runMemfleet } from './support/run.ts';

test('memfleet memcached -V and -h are memcached’s, and so are the messages and exit codes for wrong values', async () => {
  expect(await runMemfleet(['memcached', '-V']).ended).toMatchObject({ code: 0, stdout: 'memcached 1.6.18\n' });
  expect((await runMemfleet(['memcached', '-h']).ended).stdout).toMatch(/^memcached 1\.6\.18\n-p, --port=<num>/);
  const stderr = 'Maximum connections must be greater than 0\n';
  expect(await runMemfleet(['memcached', '-vc0']).ended).toMatchObject({ code: 1, stderr });
});

test('memfleet memcached serves until a signal stops it', async () => {
  const server = runMemfleet(['memcached', '-l', '127.0.0.1', '-p', '-1', '-vv']);
  const [, port = ''] = await server.says(/server listening: 127\.0\.0\.1 (\d+)/);
  const client = createConnection(Number(port), '127.0.0.1');
  client.write('version\r\n');
  expect(await new Promise((resolve) => client.once('data', (data) => resolve(String(data))))).toBe(
    'VERSION 1.6.18\r\n',
  );
  server.process.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
});
