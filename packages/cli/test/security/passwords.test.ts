/**
 * Passwords on a command line, which every user of the machine can read in the list of processes, and files with
 * secrets that everybody may read.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createClient } from 'memfleet';
import { createServer } from 'memfleet/server';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parseLogins } from '../../src/logins.ts';
import { loadFile } from '../../src/proxy/config/load-file.ts';
import { originOf } from '../../src/proxy/origin.ts';
import { RunningProxy } from '../proxy/running-proxy.ts';
import { scratch } from '../proxy/scratch.ts';
import { TextClient } from '../proxy/text-client.ts';
import { runMemfleet } from '../support/run.ts';

/** A file that only we may read. */
function privateFile(text: string): string {
  const file = scratch({ logins: text })('logins');
  chmodSync(file, 0o600);
  return file;
}

async function guarded(): Promise<string> {
  const server = createServer({ port: 0, users: { ada: 'pass:word' } });
  const { host, port } = await server.listen();
  onTestFinished(() => server.destroy());
  return `${host}:${port}`;
}

async function can(node: string, password: string): Promise<boolean> {
  const client = createClient({ nodes: node, username: 'ada', password });
  try {
    await client.set('key', 'value');
    return true;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}

test('memfleet server takes its users from a file, and reads it again at SIGHUP', async () => {
  const file = privateFile('ada:first\nbob:x\n');
  const run = runMemfleet(['server', '--listen', '127.0.0.1:0', '--password-file', file]);
  onTestFinished(() => void run.process.kill('SIGKILL'));
  const [, node = ''] = await run.shows(/listens on (\S+)/);
  expect(readFileSync(`/proc/${run.process.pid}/cmdline`, 'utf8')).not.toContain('first');
  expect(await can(node, 'first')).toBe(true);
  expect(await can(node, 'second')).toBe(false);
  writeFileSync(file, 'ada:second\n');
  run.process.kill('SIGHUP');
  await run.shows(/users were read again/);
  expect(await can(node, 'second')).toBe(true);
  expect(await can(node, 'first')).toBe(false);
  writeFileSync(file, 'nonsense\n');
  run.process.kill('SIGHUP');
  await run.says(/line 1 is not name:password/);
  expect(await can(node, 'second')).toBe(true);
  run.process.kill('SIGTERM');
  expect(await run.ended).toMatchObject({ code: 0, stderr: `memfleet: ${file}: line 1 is not name:password\n` });
});

test.each([
  ['set', ['set', 'key', 'value']],
  ['get', ['get', 'key']],
  ['delete', ['delete', 'key']],
  ['stats', ['stats']],
])('memfleet %s logs in with a file', async (name, words) => {
  const node = await guarded();
  const fleet = ['--nodes', node, '--password-file', privateFile('ada:pass:word\n')];
  if (name !== 'set') expect((await runMemfleet(['set', 'key', 'value', ...fleet]).ended).code).toBe(0);
  expect(await runMemfleet([...words, ...fleet]).ended).toMatchObject({ code: 0, stderr: '' });
  expect((await runMemfleet([...words, '--nodes', node]).ended).code).toBe(1);
});

test.each([
  ['--password', ['--username', 'ada', '--password', 'pass:word']],
  ['--nodes', []],
])('a password in %s works, and the user is warned', async (option, login) => {
  const node = await guarded();
  const nodes = login.length > 0 ? node : `memcached://ada:pass%3Aword@${node}`;
  const { code, stderr } = await runMemfleet(['set', 'key', 'value', '--nodes', nodes, ...login]).ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(new RegExp(`^memfleet: every user of this machine can read the password in ${option};.*\n$`));
  expect(stderr).not.toContain('pass:word');
});

test('a password in the environment works without a warning', async () => {
  const fleet = ['--nodes', await guarded(), '--username', 'ada'];
  vi.stubEnv('MEMFLEET_PASSWORD', 'pass:word');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await runMemfleet(['set', 'key', 'value', ...fleet]).ended).toMatchObject({ code: 0, stderr: '' });
  vi.stubEnv('MEMFLEET_PASSWORD', 'wrong');
  const { code, stderr } = await runMemfleet(['get', 'key', ...fleet]).ended;
  expect([code, stderr]).toEqual([1, expect.stringContaining('refused the username or password')]);
  expect(stderr).not.toContain('wrong');
});

test('memfleet proxy logs in at its nodes with a file', async () => {
  const file = privateFile('ada:pass:word\n');
  const proxy = new RunningProxy(['--listen', '127.0.0.1:0', '--nodes', await guarded(), '--password-file', file]);
  const client = await TextClient.open(await proxy.address());
  expect(await client.set('a', '1')).toBe('STORED\r\n');
});

test('memfleet cluster takes its users from a file', async () => {
  const file = privateFile('ada:pass:word\n');
  const run = runMemfleet(['cluster', '--port', '0', '--rest-port', '0', '--vbuckets', '16', '--password-file', file]);
  await run.shows(/user ada/);
  run.process.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
});

test('the file of a proxy is read again with its configuration', () => {
  const file = privateFile('ada:first\n');
  for (const given of [
    { nodes: 'a,b' },
    { couchbase: 'couchbase://a/bucket' },
    { moxi: '11211=a' },
    { moxi: 'url=http://a:8091/pools/default/bs/b' },
  ]) {
    writeFileSync(file, 'ada:first\n');
    const load = originOf({ ...given, passwordFile: file });
    const login = (): unknown => Object.values(load().settings.proxy.clusters)[0];
    expect(login()).toMatchObject({ username: 'ada', password: 'first' });
    writeFileSync(file, 'ada:second\n');
    expect(login()).toMatchObject({ username: 'ada', password: 'second' });
    expect([...load().files.keys()]).toContain(file);
  }
});

test.each([
  ['', 'there is no name:password in it'],
  ['\n\n', 'there is no name:password in it'],
  ['ada:pw\nhunter2', 'line 2 is not name:password'],
  [':hunter2', 'line 1 is not name:password'],
  ['ada:', 'line 1 is not name:password'],
])('logins %j are refused, and not shown', (text, message) => {
  expect(() => parseLogins(text, 'FILE')).toThrow(`FILE: ${message}`);
  expect(() => parseLogins(text, 'FILE')).not.toThrow(/hunter2/);
});

test('logins may have colons, carriage returns and no line end', () => {
  expect(parseLogins('ada:a:b\r\nbob:c', 'FILE')).toEqual({ ada: 'a:b', bob: 'c' });
});

test('a file with logins that every user may read gives a warning', async () => {
  const file = privateFile('ada:pw\n');
  chmodSync(file, 0o644);
  const { stderr } = await runMemfleet(['get', 'a', '--nodes', '127.0.0.1:1', '--password-file', file]).ended;
  expect(stderr).toContain(`memfleet: ${file} has secrets in it, and everybody may read it: chmod o-r\n`);
});

test.each([
  ['a password', "password: { file: 'secret' }", ['secret']],
  ['a user of a listener', '', ['secret']],
  ['a password within the configuration itself', "password: 'hunter2'", ['p.yml']],
  ['no secret', '', []],
])('a configuration with %s in a file that everybody may read', (name, cluster, files) => {
  const users = name.startsWith('a user') ? ', users: { ada: { file: secret } }' : '';
  const at = scratch({
    'p.yml': `listeners: [{ listen: 1, route: m${users} }]\nclusters: { m: { nodes: a${cluster && `, username: u, ${cluster}`} } }\n`,
    secret: 'hunter2\n',
  });
  for (const file of ['p.yml', 'secret']) chmodSync(at(file), 0o644);
  expect(loadFile(at('p.yml')).notes).toEqual(
    files.map((file) => `${at(file)} has secrets in it, and everybody may read it: chmod o-r`),
  );
  for (const file of ['p.yml', 'secret']) chmodSync(at(file), 0o640);
  expect(loadFile(at('p.yml')).notes).toEqual([]);
});

test("Moxi's files with secrets that everybody may read", () => {
  const at = scratch({ cluster: 'auth=u%hunter2,url=http://h/pools/default/bs/b', behaviors: 'usr=a,pwd=hunter2' });
  const moxi = { moxi: at('cluster'), moxiBehaviors: at('behaviors') };
  for (const file of ['cluster', 'behaviors']) chmodSync(at(file), 0o644);
  expect(originOf(moxi)().notes).toEqual(
    ['cluster', 'behaviors'].map((file) => `${at(file)} has secrets in it, and everybody may read it: chmod o-r`),
  );
  for (const file of ['cluster', 'behaviors']) chmodSync(at(file), 0o600);
  expect(originOf(moxi)().notes).toEqual([]);
});
