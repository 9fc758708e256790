/** `memfleet doctor` on fleets that run. */
import { createCluster } from 'memfleet/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { selfSigned } from '../../../memfleet/test/support/self-signed.ts';
import { passwordVariable } from '../../src/fleet/fleet-options.ts';
import { embedded } from '../proxy/embedded.ts';
import { scratch } from '../proxy/scratch.ts';
import { captureOutput, type Outcome, runWords } from '../support/captured.ts';

captureOutput();

interface Report {
  readonly errors: number;
  readonly warnings: number;
  readonly fleets: readonly {
    readonly cluster?: string;
    readonly nodes: readonly { readonly node: string; readonly p50?: number }[];
    readonly findings: readonly { readonly severity: string; readonly code: string; readonly node?: string }[];
  }[];
}

async function examine(...words: readonly string[]): Promise<Outcome> {
  const outcome = await runWords('doctor', '--timeout', '9000', ...words);
  return { ...outcome, stdout: Buffer.from(outcome.stdout, 'latin1').toString() };
}

async function reportOf(...words: readonly string[]): Promise<Report> {
  return JSON.parse((await examine('--json', ...words)).stdout) as Report;
}

test('a fleet in health: its nodes with their latency, nothing found, exit code 0', async () => {
  const node = await embedded();
  const { code, stdout, stderr } = await examine('--nodes', node);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    new RegExp(`^${node} {2}1\\.6\\.40 {2}p50 [\\d.]+ ms, p99 [\\d.]+ ms {2}\\d+ of 1024 connections$`, 'm'),
  );
  expect(stdout).toMatch(/^nothing found$/m);
});

test('nodes that differ, and one that is down: findings with what to do, exit code 1', async () => {
  const nodes = [await embedded(), await embedded({ maxConnections: 64, version: '1.4.20' }), '127.0.0.1:1'];
  const { code, stdout } = await examine('--nodes', nodes.join(','));
  expect(code).toBe(1);
  expect(stdout).toMatch(/^error +127\.0\.0\.1:1: .*ECONNREFUSED.* \[unreachable\]\n +→ look whether it runs/m);
  expect(stdout).toMatch(/^warning maxconns: 1024 on .*; 64 on .* \[settings-differ\]$/m);
  expect(stdout).toMatch(/ \[versions-differ\]$/m);
});

test('--processes and --pool count connections, --max-item-size is compared with the nodes', async () => {
  const node = await embedded();
  const words = ['--nodes', node, '--processes', '300', '--pool', '4', '--max-item-size', '2m'];
  const [fleet] = (await reportOf(...words)).fleets;
  expect(fleet?.findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
    'error connections',
    'warning item-size',
  ]);
});

test('certificates: an unknown issuer is an error, and a trusted one is none', async () => {
  const node = (await embedded({ tls: selfSigned })).replace('127.0.0.1', 'localhost');
  const ca = scratch({ 'ca.pem': selfSigned.cert })('ca.pem');
  const untrusted = await reportOf('--nodes', node, '--tls');
  expect(untrusted.fleets[0]?.findings.map(({ code }) => code)).toEqual(['unreachable', 'tls-certificate']);
  const trusted = await reportOf('--nodes', node, '--ca', ca);
  expect([trusted.errors, trusted.fleets[0]?.findings]).toEqual([0, []]);
});

test("--config looks at each cluster of the proxy's file, with its pools and workers", async () => {
  const [one, two] = [await embedded(), await embedded({ maxConnections: 20 })];
  const text = `
listeners: [{ port: 0, route: a }]
workers: 11
clusters:
  a: { nodes: ['${one}'] }
  b: { nodes: ['${two}'] }
`;
  const file = scratch({ 'proxy.yml': text })('proxy.yml');
  const { fleets } = await reportOf('--config', file);
  expect(fleets.map(({ cluster, findings }) => [cluster, findings.map(({ code }) => code)])).toEqual([
    ['a', []],
    ['b', ['connections']],
  ]);
  const more = await reportOf('--config', file, '--nodes', one);
  expect(more.fleets.map(({ cluster }) => cluster)).toEqual(['a', 'b', undefined]);
});

test('a configuration that is wrong is a usage error', async () => {
  const file = scratch({ 'proxy.yml': 'listeners: 7' })('proxy.yml');
  expect((await examine('--config', file)).code).toBe(2);
  expect((await examine('--config', '/nowhere/proxy.yml')).code).toBe(2);
});

test('a Couchbase bucket', async () => {
  const cluster = createCluster({ nodes: 2, port: 0, restPort: 0, vbuckets: 16 });
  await cluster.listen();
  onTestFinished(() => cluster.close());
  const { username, password } = cluster.credentials;
  vi.stubEnv(passwordVariable, password);
  const { fleets, errors } = await reportOf('--nodes', cluster.connectionString, '--username', username);
  expect(errors).toBe(0);
  expect(fleets[0]?.nodes).toHaveLength(2);
});

test('a name that leads nowhere is an error, not a hang', async () => {
  const { fleets } = await reportOf('--nodes', 'dns+nowhere.invalid:11211');
  expect(fleets[0]?.findings.map(({ code }) => code)).toEqual(['no-nodes']);
});
