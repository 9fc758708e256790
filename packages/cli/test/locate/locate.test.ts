import { createClient } from 'memfleet';
import { locatorProfiles } from 'memfleet/locator';
import { createCluster } from 'memfleet/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readNodeList } from '../../src/locate/node-list.ts';
import { type Comparison, sampleKeys } from '../../src/locate/placement.ts';
import { captureOutput, runWords } from '../support/captured.ts';

captureOutput();

interface Located {
  readonly code: unknown;
  readonly stderr: string;
  /** Of stdout. */
  readonly lines: readonly string[];
}

async function locate(...words: string[]): Promise<Located> {
  const { code, stdout, stderr } = await runWords('locate', ...words);
  return { code, stderr, lines: stdout.split('\n').slice(0, -1) };
}

/** The object that `--json` prints. */
async function located(...words: string[]): Promise<unknown> {
  const { lines } = await locate(...words, '--json');
  return JSON.parse(lines[0] ?? '');
}

const three = '10.0.1.1:11211,10.0.1.2:11211,10.0.1.3:11211';

test('a key is said to be where every scheme puts it, as the library does', async () => {
  const nodes = readNodeList(three);
  for (const profile of locatorProfiles) {
    if (profile.traits.keys === 'none') continue;
    const { lines } = await locate('foo', '--nodes', three, '--locator', profile.name);
    expect(lines).toEqual([`foo  ${nodes[profile.create(nodes).locate('foo')]?.id}`]);
  }
});

test('keys are the bytes of their UTF-8', async () => {
  const nodes = readNodeList(three);
  const result = await located('schlüssel', '--nodes', three);
  const ketama = locatorProfiles.find(({ name }) => name === 'ketama');
  const place = nodes[ketama?.create(nodes).locate(Buffer.from('schlüssel').toString('latin1')) ?? -1]?.id;
  expect(result).toEqual({ locator: 'ketama', keys: { schlüssel: place } });
});

test('hash tags and weights count', async () => {
  const tagged = await locate('{user:1}:name', '{user:1}:mail', '--nodes', three, '--hash-tag', '{}');
  expect(new Set(tagged.lines.map((line) => line.split('  ')[1])).size).toBe(1);
  const keys = [...sampleKeys(1000)];
  const { lines } = await locate(...keys, '--nodes', 'a:11211:9,b:11211:1');
  const onA = lines.filter((line) => line.endsWith('a:11211')).length;
  expect(onA).toBeGreaterThan(750);
});

test('two schemes are compared by the keys that move', async () => {
  const { lines } = await locate(
    '--nodes',
    three,
    '--compare',
    'ketama,libmemcached-ketama-weighted',
    '--count',
    '1000',
  );
  expect(lines[0]).toBe('ketama → libmemcached-ketama-weighted, 3 nodes: 0 of 1,000 keys move (0.0 %)');
  const words = ['--nodes', three, '--compare', 'ketama,modulo', '--count', '1000'];
  const { moved, nodes } = (await located(...words)) as Comparison;
  expect(moved).toBeGreaterThan(500);
  const sum = (field: 'before' | 'after' | 'stay'): number => nodes.reduce((all, share) => all + share[field], 0);
  expect([sum('before'), sum('after'), sum('stay') + moved]).toEqual([1000, 1000, 1000]);
});

test('a fleet that grows: a ring moves few keys, modulo most', async () => {
  const share = async (locator: string): Promise<number> => {
    const grown = `${three},10.0.1.4:11211`;
    const words = ['--nodes', three, '--new-nodes', grown, '--locator', locator, '--count', '10000'];
    return ((await located(...words)) as { moved: number }).moved / 10_000;
  };
  expect(await share('ketama')).toBeLessThan(0.35);
  expect(await share('modulo')).toBeGreaterThan(0.65);
});

test('the traps of a scheme are warnings; with --lint a warning gives exit code 1', async () => {
  const weighted = ['--nodes', 'a:11211:2,b:11211', '--locator', 'jump'];
  const lint = await locate(...weighted, '--lint');
  expect(lint.code).toBe(1);
  expect(lint.stderr).toMatch(/^warning: jump: .*weights.*\[weights-ignored\]$/m);
  const place = await locate('foo', ...weighted);
  expect(place.code).toBe(0);
  expect(place.stderr).toMatch(/weights-ignored/);
  const clean = await locate('--nodes', three, '--locator', 'couchbase-ketama', '--lint');
  expect(clean).toMatchObject({ code: 0, stderr: 'couchbase-ketama: nothing to warn of\n' });
});

test('all schemes are listed', async () => {
  expect(await located('--list')).toHaveLength(locatorProfiles.length);
});

test.each([
  [['foo'], 'needs --nodes'],
  [['--nodes', three], 'needs keys'],
  [['foo', '--nodes', 'a:b'], '"a:b" is no node'],
  [['foo', '--nodes', 'a:0'], '"a:0" is no node'],
  [['foo', '--nodes', 'a,a:11211'], 'a:11211 is twice'],
  [['foo', '--nodes', ','], 'list of nodes is empty'],
  [['foo', '--nodes', 'a', '--locator', 'ketam'], 'unknown locator "ketam"'],
  [['--nodes', 'a', '--compare', 'ketama'], 'two schemes'],
  [['--nodes', 'a', '--compare', 'ketama,jump', '--locator', 'jump'], 'cannot be used with'],
  [['foo', '--nodes', 'a', '--hash-tag', '{'], 'hashTag must be two characters'],
])('locate %j: exit code 2, "%s"', async (words, message) => {
  const { code, stderr } = await locate(...words);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

describe('a fleet that is not written as a list', () => {
  test('DNS names are resolved, as the client resolves them', async () => {
    const nodes = 'dns+localhost:11211,b:11211';
    const client = createClient({ nodes });
    onTestFinished(() => client.destroy());
    await new Promise((resolve) => client.on('topology', resolve));
    const keys = [...sampleKeys(20)];
    const { lines } = await locate(...keys, '--nodes', nodes);
    expect(lines).toEqual(keys.map((key) => `${key.padEnd(6)}  ${client.nodeOf(key)}`));
    expect(lines.join()).toContain('127.0.0.1:11211');
    expect(lines.join()).not.toContain('dns+');
  });

  test('a name that does not resolve is an error, not a node', async () => {
    const { code, lines, stderr } = await locate('foo', '--nodes', 'a,dns+nohost.invalid:11211');
    expect(code).toBe(1);
    expect(lines).toEqual([]);
    expect(stderr).toMatch(/^memfleet: dns\+nohost\.invalid:11211 failed: /);
  });

  test('a connection string says the scheme, the hash tag and the prefix as well', async () => {
    const nodes = 'memcached://a,b,c/?locator=modulo&hashTag={}&prefix=app:';
    const client = createClient(nodes);
    onTestFinished(() => client.destroy());
    const keys = ['{x}1', '{x}2', 'y', 'z'];
    expect(await located(...keys, '--nodes', nodes)).toEqual({
      locator: 'modulo',
      keys: Object.fromEntries(keys.map((key) => [key, client.nodeOf(key)])),
    });
    expect(await located('y', '--nodes', nodes, '--locator', 'ketama')).toMatchObject({ locator: 'ketama' });
  });

  test('a bucket is asked for its map', async () => {
    const cluster = createCluster({ nodes: 3, port: 0, restPort: 0, vbuckets: 16 });
    await cluster.listen();
    onTestFinished(() => cluster.close());
    const { username, password } = cluster.credentials;
    const nodes = cluster.connectionString;
    const client = createClient(`${nodes.replace('://', `://${username}:${password}@`)}?timeout=9000`);
    onTestFinished(() => client.destroy());
    await client.set('k1', 1);
    vi.stubEnv('MEMFLEET_PASSWORD', password);
    const fleet = ['--nodes', nodes, '--username', username, '--timeout', '9000'];
    const { lines, stderr } = await locate('k1', 'k2', 'k3', ...fleet, '--json');
    expect(stderr).toBe('');
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      locator: 'vBuckets',
      keys: Object.fromEntries(['k1', 'k2', 'k3'].map((key) => [key, client.nodeOf(key)])),
    });
    const refused = await locate('k1', ...fleet, '--compare', 'ketama,jump');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("'--compare' cannot be used with a bucket");
  });
});

test('node lists take hosts, ports, weights, IPv6 and sockets', () => {
  expect(readNodeList('a, b:1, c:2:3 [::1]:5,/run/m.sock')).toEqual([
    { id: 'a:11211', host: 'a', port: 11_211, weight: 1 },
    { id: 'b:1', host: 'b', port: 1, weight: 1 },
    { id: 'c:2', host: 'c', port: 2, weight: 3 },
    { id: '[::1]:5', host: '::1', port: 5, weight: 1 },
    { id: '/run/m.sock', host: '/run/m.sock', port: 0, weight: 1 },
  ]);
});
