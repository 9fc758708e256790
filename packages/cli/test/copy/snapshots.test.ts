/** `memfleet dump` and `memfleet restore`. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SnapshotEncoder } from 'memfleet/snapshot';
import { expect, onTestFinished, test } from 'vitest';
import { captureOutput, type Outcome, runWords } from '../support/captured.ts';
import { addressesOf, bytesClient, startNode, startNodes } from './fleets.ts';

captureOutput();

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const run = (...words: readonly string[]): Promise<Outcome> => runWords(...words, '--timeout', '9000');

/** A file with the items of a node: `k0` to `k<count>`, half of them with a ttl. */
async function dumped(count: number): Promise<{ file: string; folder: string }> {
  const source = await startNode();
  const from = bytesClient(source.address);
  const set = (n: number): Promise<boolean> => from.set(`k${n}`, Buffer.from(`value ${n}`), n % 2 === 0 ? 0 : 1000);
  await Promise.all(Array.from({ length: count }, (_, n) => set(n)));
  const folder = scratchFolder();
  const file = join(folder, 'items.snapshot');
  const { code, stdout } = await run('dump', file, '-n', source.address);
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(new RegExp(`^dumped ${count.toLocaleString('en-US')} items, `)),
  ]);
  return { file, folder };
}

test('what is dumped is restored in any fleet, with flags and ttl', async () => {
  const { file, folder } = await dumped(500);
  expect(readdirSync(folder)).toEqual(['items.snapshot']);
  const nodes = addressesOf(await startNodes(3));
  expect((await run('restore', file, '-n', nodes, '--dry-run')).stdout).toMatch(/^would restore 500 items, /);
  const { code, stdout } = await run('restore', file, '-n', nodes);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^restored 500 items, 4\.\d KB of values/)]);
  const items = await bytesClient(nodes).items.getMany(Array.from({ length: 500 }, (_, n) => `k${n}`));
  expect(items.size).toBe(500);
  for (const [key, { value, ttl = 0 }] of items) {
    expect(String(value)).toBe(`value ${key.slice(1)}`);
    if (Number(key.slice(1)) % 2 === 0) expect(ttl).toBe(Infinity);
    else expect(ttl).toSatisfy((left: number) => left > 900 && left <= 1001);
  }
});

test('only its owner may read a dump', async () => {
  const { file } = await dumped(2);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('all readers wait for room in the file by one listener', async () => {
  const warnings: string[] = [];
  const onWarning = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  const source = await startNode();
  const value = Buffer.alloc(8192, 'v');
  const from = bytesClient(source.address);
  await Promise.all(Array.from({ length: 3000 }, (_, n) => from.set(`k${n}`, value)));
  const { code, stdout } = await run('dump', join(scratchFolder(), 'items.snapshot'), '-n', source.address);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^dumped 3,000 items, /)]);
  expect(warnings).toEqual([]);
});

test('restore keeps what the fleet has, and takes only keys that match', async () => {
  const { file } = await dumped(10);
  const { address } = await startNode();
  await bytesClient(address).set('k3', Buffer.from('newer'));
  const { stdout } = await run('restore', file, '-n', address, '--match', 'k[2-4]', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ copied: 2, skipped: { exists: 1 } });
  expect(String(await bytesClient(address).get('k3'))).toBe('newer');
  expect((await run('restore', file, '-n', address, '--replace', '--json')).code).toBe(0);
  expect(String(await bytesClient(address).get('k3'))).toBe('value 3');
});

test('a truncated file gives what was read, says so, and the exit code is 1', async () => {
  const { file } = await dumped(3000);
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, bytes.length - 20));
  const { address } = await startNode();
  const { code, stdout, stderr } = await run('restore', file, '-n', address, '--json');
  const { copied } = JSON.parse(stdout) as { readonly copied: number };
  expect(code).toBe(1);
  expect(copied).toBeGreaterThan(1000);
  expect(stderr).toMatch(
    new RegExp(`^memfleet: the snapshot is truncated after byte \\d+; intact items before it: ${copied}\n$`),
  );
});

test.each([
  ['#!/bin/sh', 1, 'this is not a memfleet snapshot'],
  ['', 1, 'the snapshot is truncated'],
])('a file with %j is refused', async (content, exitCode, message) => {
  const file = join(scratchFolder(), 'file');
  writeFileSync(file, content);
  const { code, stderr } = await run('restore', file, '-n', (await startNode()).address);
  expect([code, stderr]).toEqual([exitCode, expect.stringContaining(message)]);
});

test('items that have expired since the dump are left out', async () => {
  const file = join(scratchFolder(), 'file');
  const encoder = new SnapshotEncoder();
  const item = { value: Buffer.from('v'), flags: 0, cas: 0n, isBase64: false };
  const pieces = [
    encoder.begin(1000),
    encoder.add({ ...item, key: Buffer.from('old'), exptime: 2000 }),
    encoder.add({ ...item, key: Buffer.from('new'), exptime: 0 }),
    encoder.end(),
  ];
  writeFileSync(file, Buffer.concat(pieces.filter((piece) => piece !== undefined)));
  const { stdout } = await run('restore', file, '-n', (await startNode()).address);
  expect(stdout).toMatch(/^restored 1 item,.*\nskipped 1 item: expired\n$/);
});

test('a file that cannot be read or written is a usage error, and nothing is left of it', async () => {
  const { address } = await startNode();
  const missing = join(scratchFolder(), 'none', 'file');
  expect(await run('restore', missing, '-n', address)).toMatchObject({
    code: 2,
    stderr: `memfleet: cannot read ${missing}: there is no such file\n`,
  });
  expect(await run('dump', missing, '-n', address)).toMatchObject({
    code: 2,
    stderr: `memfleet: cannot write ${missing}: there is no such file\n`,
  });
  expect(existsSync(`${missing}.partial`)).toBe(false);
  const folder = scratchFolder();
  expect(await run('dump', folder, '-n', address)).toMatchObject({
    code: 2,
    stderr: `memfleet: cannot write ${folder}: it is a directory\n`,
  });
  expect(existsSync(`${folder}.partial`)).toBe(false);
});

test('a dump without one of its nodes says so, and the exit code is 1', async () => {
  const { address } = await startNode();
  const file = join(scratchFolder(), 'file');
  const { code, stderr } = await run('dump', file, '-n', `${address},127.0.0.1:1`);
  expect([code, stderr]).toEqual([1, expect.stringContaining('cannot connect to 127.0.0.1:1')]);
});
