/** `memfleet proxy` as a process: signals, files that change, workers that die. */
import { renameSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { embedded, heldGet, relayTo } from './embedded.ts';
import { RunningProxy } from './running-proxy.ts';
import { scratch } from './scratch.ts';
import { TextClient } from './text-client.ts';

/** A configuration with one listener, and these nodes. */
function config(nodes: string, more = ''): string {
  return `
listeners:
  - { name: front, listen: '127.0.0.1:0', route: main }
clusters:
  main: { nodes: ['${nodes}'] }
admin: 127.0.0.1:0
${more}`;
}

/** Puts a new file into the place of the old one, as editors do. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

test('the short way: --listen, --nodes, --locator', async () => {
  const nodes = [await embedded(), await embedded()];
  const proxy = new RunningProxy(['--listen', '127.0.0.1:0', '--nodes', nodes.join(','), '--locator', 'ketama']);
  const client = await TextClient.open(await proxy.address());
  expect(await client.set('a', 'x')).toBe('STORED\r\n');
  expect(await client.get('a', 'b')).toBe('VALUE a 0 1\r\nx\r\nEND\r\n');
  expect(await client.ask('flush_all')).toMatch(/^(CLIENT|SERVER)_ERROR/);
  proxy.signal('SIGINT');
  expect(await proxy.ended).toBe(0);
});

test('SIGTERM: requests in flight get their replies, new clients are refused, readyz says so, then it ends', async () => {
  const relay = await relayTo(await embedded());
  const proxy = new RunningProxy(['--listen', '127.0.0.1:0', '--nodes', relay.address, '--admin', '127.0.0.1:0']);
  const address = await proxy.address();
  const { answer } = await heldGet(relay, address);
  await proxy.after(() => proxy.signal('SIGTERM'), 'draining');
  expect(await proxy.admin('/readyz')).toEqual({ status: 503, text: 'draining\n' });
  await expect(TextClient.open(address)).rejects.toThrow(/ECONNREFUSED/);
  expect((await proxy.admin('/healthz')).status).toBe(200);
  relay.release();
  expect(await answer).toBe('VALUE a 0 1\r\nx\r\nEND\r\n');
  expect(await proxy.ended).toBe(0);
});

test('a second signal kills', async () => {
  const relay = await relayTo(await embedded());
  const proxy = new RunningProxy(['--listen', '127.0.0.1:0', '--nodes', relay.address]);
  const { answer } = await heldGet(relay, await proxy.address());
  await proxy.after(() => proxy.signal('SIGTERM'), 'draining');
  proxy.signal('SIGTERM');
  await expect(answer).rejects.toThrow('closed after ""');
  expect(await proxy.ended).toBe(1);
});

test('SIGHUP reads the configuration again; sessions stay', async () => {
  const [first, second] = [await embedded(), await embedded()];
  const file = scratch({ 'proxy.yml': config(first, 'watch: false') })('proxy.yml');
  const proxy = new RunningProxy(['--config', file]);
  const client = await TextClient.open(await proxy.address());
  await client.set('a', 'first');
  const extra = config(second, 'watch: false').replace(
    'clusters:',
    "  - { name: more, listen: '127.0.0.1:0', route: main }\nclusters:",
  );
  replace(file, extra);
  const listening = await proxy.after(() => proxy.signal('SIGHUP'), 'listening');
  expect(listening).toMatchObject({ listener: 'more', route: 'main' });
  await proxy.line('reloaded');
  expect(await client.get('a')).toBe('END\r\n');
  const other = await TextClient.open(listening['address'] as string);
  await other.set('b', 'second');
  expect(await client.get('b')).toContain('second');
  expect(await proxy.metric('memfleet_reloads_total', 'accepted')).toBe(1);
});

test('a file that changes is read again; a bad one is refused with line and key, and the old one goes on', async () => {
  const [first, second] = [await embedded(), await embedded()];
  const file = scratch({ 'proxy.yml': config(first) })('proxy.yml');
  const proxy = new RunningProxy(['--config', file]);
  const client = await TextClient.open(await proxy.address());
  await client.set('a', 'first');
  const refused = await proxy.after(() => replace(file, config(second, 'wokers: 2')), 'reload refused');
  expect(refused).toMatchObject({
    level: 'error',
    file,
    line: 7,
    column: 1,
    key: 'wokers',
    error: 'unknown key; did you mean "workers"?',
  });
  expect(await client.get('a')).toContain('first');
  await proxy.after(() => replace(file, config(second)), 'reloaded');
  expect(await client.get('a')).toBe('END\r\n');
  expect(JSON.parse((await proxy.admin('/config')).text)).toMatchObject({ clusters: { main: { nodes: [second] } } });
});

test('a problem at the start is printed, and the exit code is 2', async () => {
  const file = scratch({ 'proxy.yml': 'listeners: []\nclusters: {}\n' })('proxy.yml');
  const proxy = new RunningProxy(['--config', file]);
  expect(await proxy.ended).toBe(2);
  expect(proxy.errors).toBe(`memfleet: ${file}:1:12: listeners: must not be empty\n`);
});

test('an address that is taken ends it with code 1', async () => {
  const taken = await embedded();
  const proxy = new RunningProxy(['--listen', taken, '--nodes', taken]);
  expect(await proxy.ended).toBe(1);
  expect(proxy.errors).toContain(`cannot listen on ${taken}`);
});
