/** The commands on fleets of every kind: behind TLS, with a login, a Couchbase bucket, a Unix socket. */
import { createServer, type ServerOptions } from 'memfleet/server';
import { createCluster } from 'memfleet/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { selfSigned } from '../../../memfleet/test/support/self-signed.ts';
import { passwordVariable } from '../../src/fleet/fleet-options.ts';
import { scratch } from '../proxy/scratch.ts';
import { captureOutput, runWords } from '../support/captured.ts';

captureOutput();

async function serve(options: ServerOptions): Promise<string> {
  const server = createServer(options);
  const address = await server.listen();
  onTestFinished(() => server.destroy());
  return 'path' in address ? address.path : `127.0.0.1:${address.port}`;
}

const patience = ['--timeout', '9000'];

/** A value goes there and comes back. */
async function expectRoundTrip(...fleet: readonly string[]): Promise<void> {
  expect(await runWords('set', 'key', 'value', ...fleet, ...patience)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await runWords('get', 'key', ...fleet, ...patience)).toEqual({ code: 0, stdout: 'value\n', stderr: '' });
}

test('TLS: the certificates of --ca are trusted, and those of nobody else', async () => {
  const { key, cert } = selfSigned;
  const node = await serve({ port: 0, tls: { key, cert } });
  const nodes = node.replace('127.0.0.1', 'localhost');
  const ca = scratch({ 'ca.pem': cert })('ca.pem');
  await expectRoundTrip('--nodes', nodes, '--ca', ca);
  await expectRoundTrip('--nodes', `memcacheds://${nodes}`, '--ca', ca);
  const { code, stderr } = await runWords('get', 'key', '--nodes', nodes, '--tls', ...patience);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^memfleet: .*self.signed certificate.*\n$/)]);
});

test('TLS to a plain port is an error of one line', async () => {
  const node = await serve({ port: 0 });
  const { code, stderr } = await runWords('get', 'key', '--nodes', node, '--tls', ...patience);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^memfleet: [^\n]+\n$/)]);
});

test('every protocol', async () => {
  const node = await serve({ port: 0 });
  for (const protocol of ['meta', 'text', 'binary']) await expectRoundTrip('--nodes', node, '--protocol', protocol);
});

test('a Unix socket, by its path and by its connection string', async () => {
  const path = scratch({ x: '' })('m.sock');
  await serve({ path });
  await expectRoundTrip('--nodes', path);
  await expectRoundTrip('--nodes', `memcached://${path}`);
});

test('a Couchbase bucket', async () => {
  const cluster = createCluster({ nodes: 2, port: 0, restPort: 0, vbuckets: 16 });
  await cluster.listen();
  onTestFinished(() => cluster.close());
  const { username, password } = cluster.credentials;
  vi.stubEnv(passwordVariable, password);
  const fleet = ['--nodes', cluster.connectionString, '--username', username];
  await expectRoundTrip(...fleet);
  expect(await runWords('incr', 'n', '--initial', '5', ...fleet, ...patience)).toMatchObject({ stdout: '5\n' });
  const pings = await runWords('ping', ...fleet, ...patience);
  expect([pings.code, pings.stdout.trim().split('\n').length]).toEqual([0, 2]);
  const keys = await runWords('keys', ...fleet, ...patience);
  expect([keys.code, keys.stderr]).toEqual([
    1,
    expect.stringMatching(/^memfleet: .*the binary protocol cannot express.*\n$/),
  ]);
});
