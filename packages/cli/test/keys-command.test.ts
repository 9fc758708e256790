/** `memfleet keys`: the list of keys, as it comes. */
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createClient } from 'memfleet';
import { createServer } from 'memfleet/server';
import { expect, onTestFinished, test } from 'vitest';
import { type DumpedItem, parseDumpLine } from '../src/fleet/dump-keys.ts';
import { captureOutput, runWords } from './support/captured.ts';
import { runMemfleet } from './support/run.ts';

captureOutput();

async function filled(...keys: readonly (string | Uint8Array)[]): Promise<string> {
  const server = createServer({ port: 0 });
  const address = await server.listen();
  onTestFinished(() => server.destroy());
  const node = 'port' in address ? `127.0.0.1:${address.port}` : '';
  const client = createClient({ nodes: node, timeout: 9000, connectTimeout: 9000 });
  await Promise.all(keys.map((key) => client.set(key, 'value', 100)));
  await client.close();
  return node;
}

async function list(nodes: string, ...words: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runWords('keys', '--nodes', nodes, '--timeout', '9000', ...words);
  expect([code, stderr]).toEqual([0, '']);
  return Buffer.from(stdout, 'latin1').toString().split('\n').slice(0, -1).sort();
}

test('keys of all nodes are listed', async () => {
  const nodes = `${await filled('a', 'b')},${await filled('c', 'schlüssel', 'with space')}`;
  expect(await list(nodes)).toEqual(['a', 'b', 'c', 'schlüssel', 'with space']);
});

test('--match takes a pattern, and --prefix lists what begins with it, without it', async () => {
  const node = await filled('app:user:1', 'app:user:2', 'app:x', 'user:3');
  expect(await list(node, '--match', 'app:user:*')).toEqual(['app:user:1', 'app:user:2']);
  expect(await list(node, '--prefix', 'app:', '--match', 'user:[2-9]')).toEqual(['user:2']);
});

test('--json tells the node, the ttl and the size', async () => {
  const node = await filled('a');
  const [line = ''] = await list(node, '--json');
  const item = JSON.parse(line) as DumpedItem;
  expect(item).toMatchObject({ key: 'a', node, idle: expect.any(Number), size: expect.any(Number) });
  expect([98, 99, 100, 101]).toContain(item.ttl);
});

test('a key with control characters, or one that is not UTF-8, is printed URL-encoded', async () => {
  const node = await filled('a\u001b[31m', 'b\nc', Buffer.from([0x64, 0xff]), 'e\u202ef');
  expect(await list(node)).toEqual(['a%1B%5B31m', 'b%0Ac', 'd%FF', 'e%E2%80%AEf']);
});

test('a node that fails is named, and the keys of the others are listed', async () => {
  const node = await filled('a');
  const { code, stdout, stderr } = await runWords('keys', '--nodes', `${node},127.0.0.1:1`);
  expect([code, stdout]).toEqual([1, 'a\n']);
  expect(stderr).toContain('cannot connect to 127.0.0.1:1');
});

/** A node that replies to a dump with two keys and then nothing, until the test ends the dump. */
async function slowNode(): Promise<{ readonly node: string; end(): void }> {
  const dumping: Socket[] = [];
  const answers: Readonly<Record<string, string>> = {
    version: 'VERSION 1.6.18\r\n',
    mn: 'MN\r\n',
    'lru_crawler metadump all':
      'key=a exp=-1 la=1 cas=1 fetch=no cls=1 size=63\nkey=b%20c exp=-1 la=1 cas=2 fetch=no\n',
  };
  const server = createTcpServer((socket) => {
    socket.on('data', (data) => {
      for (const line of data.toString().split('\r\n').slice(0, -1)) {
        if (line.startsWith('lru')) dumping.push(socket);
        socket.write(answers[line] ?? 'ERROR\r\n');
      }
    });
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { node: `127.0.0.1:${port}`, end: () => dumping.forEach((socket) => socket.write('END\r\n')) };
}

test('keys are printed as they come, before the node has listed them all', async () => {
  const slow = await slowNode();
  const run = runMemfleet(['keys', '--nodes', slow.node, '--timeout', '60000']);
  await run.shows(/^a\nb c\n$/);
  slow.end();
  expect(await run.ended).toEqual({ code: 0, stdout: 'a\nb c\n', stderr: '' });
});

test('a node that stops in the middle is given up', async () => {
  const { node } = await slowNode();
  const { code, stdout, stderr } = await runWords('keys', '--nodes', node, '--timeout', '500');
  expect([code, stdout]).toEqual([1, 'a\nb c\n']);
  expect(stderr).toBe(`memfleet: lru_crawler metadump all → ${node}: no key has come for 500 ms\n`);
});

test('lines of a dump', () => {
  const line = 'key=a%2Cb exp=1100 la=990 cas=7 fetch=yes cls=1 size=64\n';
  expect(parseDumpLine(line, 'n', 1000)).toEqual({ key: Buffer.from('a,b'), node: 'n', ttl: 100, size: 64, idle: 10 });
  expect(parseDumpLine('END', 'n', 1000)).toBeUndefined();
});
