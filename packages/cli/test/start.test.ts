/** What a command reads before it does its work: files that it does not need cost every start. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { commands } from '../src/command-table.ts';
import { nameSmallMemory } from '../src/commands/young-generation.ts';
import { published } from './support/program.ts';
import { runMemfleet } from './support/run.ts';

const dist = new URL('../dist/', import.meta.url);
const main = fileURLToPath(new URL('main.js', dist));

/** Tells every file that is loaded, a line of stderr each. */
const hooks = `
import { writeSync } from 'node:fs';
export async function load(url, context, next) {
  if (url.startsWith('file:')) writeSync(2, url + '\\n');
  return next(url, context);
}`;
const register = `
import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));`;

/** The files that are loaded until the program's first line of output. */
function filesOf(...args: readonly string[]): Promise<readonly string[]> {
  const preload = `data:text/javascript,${encodeURIComponent(register)}`;
  return linesUntilOutput(['--import', preload, main, ...args], (line) => line.startsWith('file:'));
}

/** Tells every CommonJS file that is loaded, a line of stderr each. */
const spy = `
const { _extensions } = require('node:module');
const load = _extensions['.js'];
for (const kind of ['.js', '.cjs']) _extensions[kind] = (module, file) => {
  require('node:fs').writeSync(2, 'loaded ' + file + '\\n');
  load(module, file);
};`;

/** The files of the published bundle, by their names in its folder, that are loaded until the first line of output. */
async function bundledFilesOf(...args: readonly string[]): Promise<readonly string[]> {
  const preload = moduleOf(spy);
  const lines = await linesUntilOutput(['--require', preload, published, ...args], (line) =>
    line.startsWith('loaded '),
  );
  return lines.map((line) => relative(dirname(published), line.slice('loaded '.length))).sort();
}

/** A CommonJS file with this text. */
function moduleOf(source: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'memfleet-')), 'preload.cjs');
  onTestFinished(() => rmSync(dirname(file), { recursive: true }));
  writeFileSync(file, source);
  return file;
}

/** Without the code cache, Node loads every file. */
async function linesUntilOutput(args: readonly string[], isWanted: (line: string) => boolean): Promise<string[]> {
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  await new Promise<void>((resolve) => {
    child.stdout.once('data', () => {
      child.kill('SIGTERM');
    });
    child.once('close', () => resolve());
  });
  return stderr.split('\n').filter(isWanted);
}

const client = /\/memfleet\/dist\/(client|cluster|pool|policy|proxy|testing)\//;

test('memfleet server reads the server and nothing else: no client, no proxy, no other command', async () => {
  const files = await filesOf('server', '--listen', '127.0.0.1:0');
  expect(files.some((file) => file.endsWith('/memfleet/dist/server/server.js'))).toBe(true);
  expect(files.filter((file) => client.test(file))).toEqual([]);
  expect(
    files
      .filter((file) => file.startsWith(dist.href))
      .map((file) => file.slice(dist.href.length))
      .sort(),
  ).toEqual([
    'command-table.js',
    'commands/memory-warning.js',
    'commands/server-command.js',
    'commands/young-generation.js',
    'failure.js',
    'handed-over.js',
    'help/help-style.js',
    'logins.js',
    'main.js',
    'option-values.js',
    'own-program.js',
    'program.js',
    'signals.js',
    'sizes.js',
  ]);
  expect(files.length).toBeLessThanOrEqual(150);
});

const everyStart = ['code-cache.cjs', 'main.cjs', 'rolldown-runtime.cjs', 'signals.cjs', 'start.cjs'];

test('the published memfleet server and proxy load a few files, and nothing of each other', async () => {
  const server = await bundledFilesOf('server', '--listen', '127.0.0.1:0');
  expect(server.length).toBeLessThanOrEqual(everyStart.length + 6);
  expect(server).toContain('server.cjs');
  expect(server).not.toContain('proxy.cjs');
  const proxy = await bundledFilesOf('proxy', '--listen', '127.0.0.1:0', '--nodes', '127.0.0.1:1');
  expect(proxy.length).toBeLessThanOrEqual(everyStart.length + 8);
  expect(proxy).toContain('proxy.cjs');
  expect(proxy).not.toContain('server.cjs');
  expect(proxy).not.toContain('bucket.cjs');
});

/** Reports the modules of Node that are loaded between two changes of V8's flags, and at the exit all of them. */
const nodeSpy = `
const { writeSync } = require('node:fs');
const v8 = require('node:v8');
const set = v8.setFlagsFromString;
const since = (at) => process.moduleLoadList.slice(at).filter((one) => one.startsWith('NativeModule ')).join();
let at;
v8.setFlagsFromString = (flag) => {
  if (at !== undefined) writeSync(2, 'between ' + since(at) + '\\n');
  set(flag);
  at = process.moduleLoadList.length;
};
process.once('exit', () => writeSync(2, 'all ' + since(0) + '\\n'));`;

/** Sizes that the server releases: a second change of the flag is what is seen. */
const twice = ['--memory', '16m', '--memory', '64m'];

test('the published memfleet server loads no module of Node while a flag of V8 is changed', async () => {
  const lines = await linesUntilOutput(
    ['--require', moduleOf(nodeSpy), published, 'server', '--listen', '127.0.0.1:0', ...twice],
    (line) => line.startsWith('between '),
  );
  expect(lines).toEqual(['between ']);
});

test.each([
  [true, ['--memory', '16m']],
  [true, ['--memory=63m']],
  [true, ['--memory', 'much']],
  [true, ['--memory']],
  [false, ['--memory', '64m']],
  [false, ['--memory=1g']],
  [false, ['--listen', '16m', '--memory-of', '1m']],
])('the flag of V8 is set (%s) by what the words say of the memory: %j', (isSmall, words) => {
  expect(nameSmallMemory(['node', 'memfleet', 'server', ...words])).toBe(isSmall);
});

test('the published memfleet proxy loads no module of Node for TLS, DNS or HTTP if it uses none of them', async () => {
  const args = ['proxy', '--listen', '127.0.0.1:0', '--nodes', '127.0.0.1:1'];
  const [line = ''] = await linesUntilOutput(['--require', moduleOf(nodeSpy), published, ...args], (one) =>
    one.startsWith('all '),
  );
  const loaded = line.slice('all '.length).split(',');
  expect(loaded).toContain('NativeModule net');
  for (const late of ['crypto', 'dns/promises', 'http', 'tls']) expect(loaded).not.toContain(`NativeModule ${late}`);
});

/** A server that accepts what is no socket. */
const fault = `
const { Server } = require('node:net');
Server.prototype.listen = function () {
  setImmediate(() => this.emit('connection', {}));
};`;

test('an unexpected error of the program shows the line of code that failed, not a whole file', async () => {
  const { stderr, code } = await runMemfleet(['server', '--listen', '127.0.0.1:0'], ['--require', moduleOf(fault)])
    .ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/at new SocketTransport \(.*\.cjs:\d{2,}:\d+\)/);
  expect(Math.max(...stderr.split('\n').map(({ length }) => length))).toBeLessThan(500);
});

test('memfleet proxy reads no client, and the packages of YAML and metrics only when they are needed', async () => {
  const files = await filesOf('proxy', '--listen', '127.0.0.1:0', '--nodes', '127.0.0.1:1');
  expect(files.filter((file) => /\/memfleet\/dist\/(?:client|server|testing)\//.test(file))).toEqual([]);
  expect(files.filter((file) => /\/node_modules\/(?:yaml|prom-client)\//.test(file))).toEqual([]);
});

test('the published memfleet --version loads no command', async () => {
  expect(await bundledFilesOf('--version')).toEqual(everyStart);
});

test('memfleet --version reads no command', async () => {
  const files = await filesOf('--version');
  expect(files.filter((file) => file.includes('/memfleet/dist/'))).toEqual([]);
  expect(files.filter((file) => file.startsWith(`${dist.href}commands/`))).toEqual([]);
});

test('memfleet help names every command, and the help of one command its options', async () => {
  const { stdout, code } = await runMemfleet(['help']).ended;
  expect(code).toBe(0);
  for (const name of commands.keys()) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  expect(stdout).not.toContain('proxy-worker');
  expect((await runMemfleet(['help', 'server']).ended).stdout).toContain('--max-item-size');
});
