/** `memfleet copy` between embedded nodes: what arrives, what is kept, what is counted and named. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { captureOutput, type Outcome, runWords } from '../support/captured.ts';
import { addressesOf, bytesClient, startNode, startNodes } from './fleets.ts';

captureOutput();

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Copies, with time for a machine that has much to do. */
function copy(source: string, target: string, ...words: readonly string[]): Promise<Outcome> {
  return runWords('copy', '-n', source, '-t', target, '--timeout', '9000', ...words);
}

async function copied(source: string, target: string, ...words: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await copy(source, target, '--json', ...words);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('a copy', () => {
  test('brings every item to the node that owns it there, with its flags and ttl', async () => {
    const [source, target] = [await startNodes(2), await startNodes(3)];
    const from = bytesClient(addressesOf(source), 'modulo');
    const keys = Array.from({ length: 3000 }, (_, n) => `key:${n}`);
    const set = (key: string, n: number): Promise<boolean> =>
      from.set(key, Buffer.from(`value of ${key}`), n % 3 === 0 ? 0 : 1000 + n);
    await Promise.all(keys.map(set));
    const result = await copied(addressesOf(source), addressesOf(target), '--locator', 'modulo');
    expect(result).toMatchObject({ copied: 3000, skipped: {}, unlisted: [], isComplete: true });
    const to = bytesClient(addressesOf(target));
    const [before, after] = await Promise.all([from.items.getMany(keys), to.items.getMany(keys)]);
    expect(after.size).toBe(3000);
    for (const [key, { value, flags, ttl = 0 }] of before) {
      const arrived = after.get(key);
      expect([String(arrived?.value), arrived?.flags]).toEqual([String(value), flags]);
      expect(flags).toBe(value?.length);
      if (ttl === Infinity) expect(arrived?.ttl).toBe(Infinity);
      else expect(Math.abs((arrived?.ttl ?? 0) - ttl)).toBeLessThanOrEqual(2);
    }
  });

  test('brings keys and values of any bytes', async () => {
    const [source, target] = [await startNode(), await startNode()];
    const from = bytesClient(source.address);
    const keys = [
      Buffer.from('a b'),
      Buffer.from([1, 0xff, 0x25]),
      Buffer.from('schlüssel'),
      Buffer.from('k'.repeat(250)),
    ];
    for (const key of keys) await from.set(key, Buffer.concat([key, Buffer.from('\r\nEND\r\n')]));
    await from.set('empty', Buffer.alloc(0));
    await from.set('large', Buffer.alloc(900_000, 7));
    expect(await copied(source.address, target.address)).toMatchObject({ copied: 6 });
    const to = bytesClient(target.address);
    for (const key of keys) expect(await to.get(key)).toEqual(await from.get(key));
    expect((await to.get('empty'))?.length).toBe(0);
    expect((await to.get('large'))?.length).toBe(900_000);
  });

  test('keeps what the target has, and counts it', async () => {
    const [source, target] = [await startNode(), await startNode()];
    await bytesClient(source.address).set('a', Buffer.from('old'));
    await bytesClient(source.address).set('b', Buffer.from('b'));
    await bytesClient(target.address).set('a', Buffer.from('new'));
    const { stdout } = await copy(source.address, target.address);
    expect(stdout).toMatch(/^copied 1 item, 1 B of values, \d+\/s\nskipped 1 item: already at the target\n$/);
    expect(String(await bytesClient(target.address).get('a'))).toBe('new');
  });

  test('with --replace replaces it', async () => {
    const [source, target] = [await startNode(), await startNode()];
    await bytesClient(source.address).set('a', Buffer.from('other'));
    await bytesClient(source.address).set('b', Buffer.from('b'));
    await bytesClient(target.address).set('a', Buffer.from('value'));
    expect(await copied(source.address, target.address, '--replace')).toMatchObject({ copied: 2, skipped: {} });
    expect(String(await bytesClient(target.address).get('a'))).toBe('other');
  });

  test('takes only keys that match, and exchanges prefixes', async () => {
    const [source, target] = [await startNode(), await startNode()];
    const from = bytesClient(source.address);
    for (const key of ['app:user:1', 'app:user:2', 'app:page', 'user:3']) await from.set(key, Buffer.from(key));
    const words = ['--prefix', 'app:', '--match', 'user:*', '--target-prefix', 'new:'];
    expect(await copied(source.address, target.address, ...words)).toMatchObject({ copied: 2 });
    const { stdout } = await runWords('keys', '-n', target.address);
    expect(stdout.split('\n').sort()).toEqual(['', 'new:user:1', 'new:user:2']);
  });

  test('reads the source without bumping its items', async () => {
    const [source, target] = [await startNode(), await startNode()];
    await bytesClient(source.address).set('a', Buffer.from('a'));
    await copied(source.address, target.address);
    const from = bytesClient(source.address);
    expect((await from.meta('mg a h'))?.flags.get('h')).toBe('0');
  });

  test('leaves out stale items, leases without a value, and items on a node that does not own them', async () => {
    const [source, target] = [await startNodes(2), await startNode()];
    const nodes = addressesOf(source);
    const from = bytesClient(nodes);
    await from.set('stale', Buffer.from('x'));
    await from.items.invalidate('stale', { ttl: 100 });
    await from.items.get('lease', { lease: 100 });
    const owner = from.nodeOf('misplaced');
    const other = source.find(({ address }) => address !== owner)?.address ?? '';
    await bytesClient(other).set('misplaced', Buffer.from('x'));
    const result = await copied(nodes, target.address);
    expect(result).toMatchObject({ copied: 0, skipped: { stale: 1, lease: 1, misplaced: 1 } });
  });

  test('leaves no file behind', async () => {
    const [source, target] = [await startNode(), await startNode()];
    await bytesClient(source.address).set('a', Buffer.from('a'));
    const folder = scratchFolder();
    await copied(source.address, target.address, '--state', join(folder, 'state'));
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('--dry-run', () => {
  test('counts the items of each target node, and changes nothing', async () => {
    const [source, target] = [await startNode(), await startNodes(2)];
    const from = bytesClient(source.address);
    for (let n = 0; n < 20; n++) await from.set(`k${n}`, Buffer.from('v'));
    const { code, stdout } = await copy(source.address, addressesOf(target), '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^would copy 20 items, 1\.\d KB\n {2}\d+ to 127.+\n {2}\d+ to 127.+\n$/);
    const counts = [...stdout.matchAll(/^ {2}(\d+) to/gm)].map(([, count]) => Number(count));
    expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(20);
    expect((await runWords('keys', '-n', addressesOf(target))).stdout).toBe('');
  });
});

/** A node that gives these replies, and `ERROR` to everything else. */
async function scriptedNode(replies: Readonly<Record<string, string>>): Promise<string> {
  const node = createTcpServer((socket) => {
    socket.on('data', (data) => {
      for (const line of data.toString().split('\r\n').slice(0, -1)) socket.write(replies[line] ?? 'ERROR\r\n');
    });
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void node.close());
  const address = node.address();
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

describe('the list of keys', () => {
  const line = (key: string): string => `key=${key} exp=-1 la=1 cas=1 fetch=no cls=1 size=60\n`;
  const version = 'VERSION 1.6.18\r\n';

  test('comes from the hash table, where no item is missed that moves in the LRU meanwhile', async () => {
    const node = await scriptedNode({
      version,
      'lru_crawler metadump hash': `${line('a')}${line('b')}END\r\n`,
      'lru_crawler metadump all': `${line('a')}END\r\n`,
    });
    const { stdout } = await copy(node, (await startNode()).address, '--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ items: 2, unlisted: [] });
  });

  test('comes from the LRU lists of nodes that refuse that, and once from each of the others', async () => {
    const listing = (key: string): Record<string, string> => ({
      'lru_crawler metadump all': `${line(key)}END\r\n`,
      version,
    });
    const [older, newer] = [
      await scriptedNode(listing('a')),
      await scriptedNode({ ...listing('b'), 'lru_crawler metadump hash': `${line('b')}END\r\n` }),
    ];
    const words = ['--locator', 'round-robin', '--dry-run', '--json'];
    const { stdout } = await copy(`${older},${newer}`, (await startNode()).address, ...words);
    expect(JSON.parse(stdout)).toMatchObject({ items: 2, unlisted: [] });
  });
});

describe('what cannot be copied is named, and the exit code is 1', () => {
  test('values that are too large for the target', async () => {
    const [source, target] = [await startNode(), await startNode({ maxItemSize: 10_000 })];
    const from = bytesClient(source.address);
    await from.set('small', Buffer.alloc(100));
    await from.set('large', Buffer.alloc(100_000));
    const report = join(scratchFolder(), 'report');
    const { code, stdout } = await copy(source.address, target.address, '--report', report);
    expect(code).toBe(1);
    expect(stdout).toMatch(/copied 1 item,.*\nskipped 1 item: too large for the target\n {2}large: .*too large/);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ key: 'large', reason: 'tooLarge' });
  });

  test('keys that the protocol or the prefix of the target leaves no room for', async () => {
    const [source, target] = [await startNode(), await startNode()];
    const from = bytesClient(source.address);
    await from.set('with space', Buffer.from('x'));
    await from.set('k'.repeat(250), Buffer.from('x'));
    const words = ['--target-protocol', 'text', '--target-prefix', 'p:', '--json'];
    const { code, stdout } = await copy(source.address, target.address, ...words);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ copied: 0, skipped: { unsupported: 2 } });
  });

  test('nodes of the source that are out', async () => {
    const [source, target] = [await startNode(), await startNode()];
    const nodes = `${source.address},127.0.0.1:1`;
    const from = bytesClient(source.address);
    for (let n = 0; n < 20; n++) await from.set(`k${n}`, Buffer.from('v'));
    const { code, stderr } = await copy(nodes, target.address);
    expect(code).toBe(1);
    expect(stderr).toContain('cannot connect to 127.0.0.1:1');
  });

  test('nodes that list no keys', async () => {
    const node = await scriptedNode({ version: 'VERSION 1.4.15\r\n' });
    const { code, stdout, stderr } = await copy(node, (await startNode()).address);
    expect([code, stdout]).toEqual([1, 'copied 0 items, 0 B of values, 0/s\n']);
    expect(stderr).toMatch(/^memfleet: lru_crawler metadump all → 127.*ERROR\n$/);
  });
});

describe('a state', () => {
  /** A copy whose target is out: its list is made, and nothing is copied. */
  async function interrupted(state: string, keys: number): Promise<string> {
    const source = await startNode();
    const from = bytesClient(source.address);
    await Promise.all(Array.from({ length: keys }, (_, n) => from.set(`k${n}`, Buffer.from('v'))));
    const { code, stderr } = await copy(source.address, '127.0.0.1:1', '--state', state, '--retry-for', '0');
    expect([code, stderr]).toEqual([1, expect.stringContaining('127.0.0.1:1')]);
    return source.address;
  }

  test('stays where the target is out, and belongs to one source, target, pattern and prefix', async () => {
    const state = join(scratchFolder(), 'state');
    const source = await interrupted(state, 10);
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ version: 1, keys: 10, done: 0, place: 0 });
    const other = await copy(source, (await startNode()).address, '--state', state);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('with another target (127.0.0.1:1)')]);
    const pattern = await copy(source, '127.0.0.1:1', '--state', state, '--match', 'a*');
    expect([pattern.code, pattern.stderr]).toEqual([2, expect.stringContaining('with another pattern (*)')]);
  });

  test.each(['null', '{"version":1,"place":5}', '{}', 'x', '[1]'])('with the text %s is refused', async (text) => {
    const file = join(scratchFolder(), 'state');
    writeFileSync(file, text);
    const { code, stderr } = await copy('a', 'b', '--state', file);
    expect([code, stderr]).toEqual([2, `memfleet: --state: ${file} is not the state of a copy\n`]);
  });

  test('that cannot be written is a usage error', async () => {
    const file = join(scratchFolder(), 'none', 'state');
    const { code, stderr } = await copy((await startNode()).address, 'b', '--state', file);
    expect([code, stderr]).toEqual([2, `memfleet: cannot write ${file}.keys: there is no such file\n`]);
  });

  test('that is a directory is refused', async () => {
    const folder = scratchFolder();
    const { code, stderr } = await copy('a', 'b', '--state', folder);
    expect([code, stderr]).toEqual([2, `memfleet: --state: cannot read ${folder}: it is a directory\n`]);
  });
});

test.each([
  [['-n', 'a', '-t', 'a'], 'the target is the source'],
  [['-n', 'a'], "required option '-t, --target <list>' not specified"],
  [['-n', 'couchbase://a/b', '-t', 'c'], 'the nodes of a Couchbase bucket do not list their keys'],
  [['-n', 'a', '-t', 'b', '--rate', '0'], 'It takes a whole number from 1'],
  [['-n', 'a', '-t', 'b', '--match', '['], 'A [ in a pattern needs its ]'],
  [['-n', 'a', '-t', 'b', '--locator', 'nonsense'], 'nonsense'],
])('memfleet copy %j is a usage error', async (words, message) => {
  const { code, stderr } = await runWords('copy', ...words);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});
