/** `memfleet config check` and `memfleet config print`. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { runProgram } from '../../src/program.ts';
import { loadFile } from '../../src/proxy/config/load-file.ts';
import { scratch } from './scratch.ts';

let out = '';
let said = '';

beforeEach(() => {
  out = '';
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});

afterEach(() => {
  process.exitCode = undefined;
});

/** Runs a command line in this process; gives the exit code. */
async function run(...words: string[]): Promise<unknown> {
  await runProgram(['node', 'memfleet', ...words]);
  return process.exitCode ?? 0;
}

const pool =
  'alpha:\n  listen: 127.0.0.1:22121\n  backlog: 9\n  timeout: 400\n  hash: md5\n  servers: ["10.0.0.1:11211:1"]\n';

test('a configuration that is right', async () => {
  const file = scratch({
    'p.yml': 'listeners: [{ listen: 1, route: m }]\nclusters: { m: { nodes: [a] } }\nworkers: 4\n',
  })('p.yml');
  expect(await run('config', 'check', file)).toBe(0);
  expect(out).toBe(`${file} is right: 1 listener, 0 routes, 1 cluster, 4 processes\n`);
});

test('a problem is printed with line, column and key, and the exit code is 2', async () => {
  const file = scratch({ 'p.yml': 'listeners: [{ listen: x, route: m }]\nclusters: { m: { node: [a] } }\n' })('p.yml');
  expect(await run('config', 'check', file)).toBe(2);
  expect(said).toBe(
    `memfleet: ${file}:1:23: listeners[0].listen: must be a port, host:port, [ipv6]:port, the path of a Unix socket, or fd:3 for a socket that was handed over, not "x"\n` +
      `${file}:2:16: clusters.m.nodes: is missing: a list of nodes\n` +
      `${file}:2:18: clusters.m.node: unknown key; did you mean "nodes"?\n`,
  );
});

test("twemproxy's configuration is printed as one of ours, with notes", async () => {
  const at = scratch({ 'n.yml': pool });
  expect(await run('config', 'print', '--as', 'nutcracker', '--no-defaults', at('n.yml'))).toBe(0);
  expect(said).toBe('memfleet: pool alpha: backlog has no effect: the system has a bound of its own\n');
  expect(parse(out)).toEqual({
    listeners: [{ name: 'alpha', host: '127.0.0.1', port: 22_121, route: 'alpha' }],
    clusters: {
      alpha: {
        nodes: [{ host: '10.0.0.1', port: 11_211, weight: 1 }],
        locator: 'twemproxy-ketama-md5',
        timeout: 400,
        connectTimeout: 400,
      },
    },
    insecureAdmin: false,
    workers: 1,
    accept: 'workers',
    log: { level: 'info', format: 'auto' },
    watch: true,
  });
  expect(() => loadFile(scratch({ 'ours.yml': out })('ours.yml'))).not.toThrow();
});

test("Moxi's, from a file", async () => {
  const at = scratch({ moxi: '11211=mc1,mc2' });
  expect(await run('config', 'check', '--as', 'moxi', at('moxi'))).toBe(0);
  expect(out).toBe(`${at('moxi')} is right: 1 listener, 0 routes, 1 cluster, 1 process\n`);
});

const map =
  '{"name":"b","saslPassword":"hunter2","hashAlgorithm":"CRC","numReplicas":0,"serverList":["h:11210"],"vBucketMap":[[0]]}';

test("Moxi's, as on its command line: -z and -Z, in words or in files", async () => {
  const at = scratch({
    moxi: `11211=${map}\n`,
    behaviors: '# of the old proxy\nusr=ada\npwd=correct-horse\ncycle=100\n',
  });
  const expected = {
    listeners: [{ host: '0.0.0.0', port: 11_211, route: 'moxi' }],
    clusters: { moxi: { couchbase: { bucket: 'b' }, username: 'ada', password: '***', timeout: 5000 } },
  };
  for (const words of [
    ['-z', `11211=${map}`, '-Z', 'usr=ada,pwd=correct-horse,cycle=100'],
    ['--moxi', at('moxi'), '--moxi-behaviors', at('behaviors')],
    ['--as', 'moxi', at('moxi'), '-Z', at('behaviors')],
  ]) {
    out = '';
    said = '';
    expect(await run('config', 'print', ...words)).toBe(0);
    expect(parse(out)).toMatchObject(expected);
    expect(out).toContain('"saslPassword":"***"');
    expect(out).not.toMatch(/hunter2|correct-horse/);
    expect(said).toMatch(/^memfleet: .*: cycle is not needed/);
  }
  out = '';
  expect(await run('config', 'check', '-z', '11211=mc1;11212=mc2', '-Z', 'downstream_max=8')).toBe(0);
  expect(out).toBe('-z is right: 2 listeners, 0 routes, 2 clusters, 1 process\n');
});

test.each([
  ['-Z', 'downstream_max=8', 'http://u:hunter2@h:8091/pools/default/bucketsStreaming/b'],
  ['http://h1:8091/pools/default/bs/b', 'http://h2:8091/pools/default/bs/b'],
  ['--as', 'moxi', 'url=http://h:8091/pools/default/bs/b'],
  ['11211=mc1,mc2'],
])(
  "a command line of Moxi as memfleet proxy takes it, with the configuration at its end: '%s' '%s' '%s'",
  async (...words) => {
    const given = words.filter((word) => word !== undefined);
    expect(await run('config', 'check', ...given)).toBe(0);
    expect(out).toBe('-z is right: 1 listener, 0 routes, 1 cluster, 1 process\n');
    expect(await run('config', 'print', ...given)).toBe(0);
    expect(out + said).not.toContain('hunter2');
  },
);

test.each<[words: string[], message: string]>([
  [['-z', '11211=mc1', '-Z', 'cicle=1'], '-Z: cicle: unknown behaviour'],
  [['-z', '11211='], '-z: port 11211 has no servers'],
  [[], 'say what to look at: a file, or -z CONFIG'],
  [['p.yml', '-z', '11211=mc1'], 'a file and -z contradict each other'],
  [['-z', '11211=mc1', '--as', 'nutcracker'], '--as nutcracker and -z contradict each other'],
  [['p.yml', '-Z', 'cycle=1'], '-Z needs -z or --as moxi'],
  [['p.yml', 'q.yml'], 'say one file at a time'],
  [['p.yml', '--refuse-redis'], '--refuse-redis needs --as nutcracker'],
])('config check %j is refused', async (words, message) => {
  expect(await run('config', 'check', ...words)).toBe(2);
  expect(said).toBe(`memfleet: ${message}\n`);
});

test('with all defaults', async () => {
  const at = scratch({ 'n.yml': pool });
  expect(await run('config', 'print', '--as', 'nutcracker', at('n.yml'))).toBe(0);
  expect(parse(out)).toMatchObject({
    listeners: [{ maxSessions: 20_000, allowFlush: false }],
    clusters: { alpha: { retry: { attempts: 1 } } },
    closeTimeout: 5000,
  });
});

test.each([
  ['0.0.0.0:9311', true],
  ["'[::]:9311'", true],
  ["'[::1]:9311'", false],
  ['9311', false],
  ['/run/admin.sock', false],
  ['0.0.0.0:9311\nadminUsers: { ada: secret }', false],
  ['0.0.0.0:9311\ninsecureAdmin: true', false],
])('an admin address that others reach needs a login: %s', async (admin, isSaid) => {
  const text = `listeners: [{ route: m }]\nclusters: { m: { nodes: a } }\nadmin: ${admin}\n`;
  expect(await run('config', 'check', scratch({ 'p.yml': text })('p.yml'))).toBe(0);
  expect(said.includes('only with --insecure-admin')).toBe(isSaid);
});
