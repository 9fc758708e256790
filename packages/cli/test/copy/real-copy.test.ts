/** `memfleet copy` as a process between real memcacheds: nothing is lost, whenever it is killed. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnMemcached } from 'memfleet/testing';
import { expect, onTestFinished, test } from 'vitest';
import { describeReal, startMemcached } from '../../../memfleet/test/support/real-memcached.ts';
import { type ProgramRun, runMemfleet } from '../support/run.ts';
import { bytesClient } from './fleets.ts';

const count = 4000;
const keys = Array.from({ length: count }, (_, n) => `key:${n}`);

async function startReal(): Promise<string> {
  const node = await startMemcached();
  onTestFinished(() => node.stop());
  return `127.0.0.1:${node.port}`;
}

async function filled(): Promise<string> {
  const address = await startReal();
  const client = bytesClient(address);
  const set = (key: string, n: number): Promise<boolean> =>
    client.set(
      key,
      Buffer.from(`${key}:`.repeat(1 + (n % 20))),
      n % 3 === 0 ? 0 : n % 3 === 1 ? 1000 + n : 40 * 86_400,
    );
  await Promise.all(keys.map(set));
  return address;
}

/** Every item arrived as it is, its ttl within a second and the second of a tick. */
async function expectAll(source: string, target: string): Promise<void> {
  const [before, after] = await Promise.all([
    bytesClient(source).items.getMany(keys),
    bytesClient(target).items.getMany(keys),
  ]);
  expect(after.size).toBe(count);
  for (const [key, { value, flags, ttl = 0 }] of before) {
    const arrived = after.get(key);
    expect([key, String(arrived?.value), arrived?.flags]).toEqual([key, String(value), flags]);
    if (ttl === Infinity) expect(arrived?.ttl).toBe(Infinity);
    // The clock of each memcached ticks once a second, and later on a busy machine.
    else expect(Math.abs((arrived?.ttl ?? 0) - ttl)).toBeLessThanOrEqual(5);
  }
}

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function copy(source: string, target: string, ...words: readonly string[]): ProgramRun {
  const run = runMemfleet(['copy', '-n', source, '-t', target, '--timeout', '9000', '--json', ...words]);
  onTestFinished(() => void run.process.kill('SIGKILL'));
  return run;
}

/** What `--json` prints. */
interface CopyResult {
  readonly copied: number;
  readonly isComplete: boolean;
  readonly skipped: { readonly exists?: number };
}

/** Fulfils when the copy has done some of its keys. */
async function isInTheMiddle(state: string): Promise<void> {
  for (;;) {
    const done = existsSync(state) ? (JSON.parse(readFileSync(state, 'utf8')) as { readonly done: number }).done : 0;
    if (done > 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describeReal('between real memcacheds', () => {
  test('a copy loses nothing', async () => {
    const source = await filled();
    const target = `${await startReal()},${await startReal()}`;
    const { code, stdout, stderr } = await copy(source, target).ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ copied: count, skipped: {}, isComplete: true });
    await expectAll(source, target);
  });

  test('a copy that was killed in the middle continues where it was', async () => {
    const [source, target] = [await filled(), await startReal()];
    const state = join(scratchFolder(), 'state');
    const first = copy(source, target, '--state', state, '--rate', '2000');
    await isInTheMiddle(state);
    first.process.kill('SIGKILL');
    await first.ended;
    const { done, outcome } = JSON.parse(readFileSync(state, 'utf8')) as {
      readonly done: number;
      readonly outcome: { readonly copied: number };
    };
    expect(done).toBeLessThan(count);
    expect(outcome.copied).toBe(done);
    const { code, stdout } = await copy(source, target, '--state', state).ended;
    const result = JSON.parse(stdout) as CopyResult;
    // What was copied behind the place of the state is there already.
    expect([code, result.copied + (result.skipped.exists ?? 0)]).toEqual([0, count]);
    expect(existsSync(state)).toBe(false);
    await expectAll(source, target);
  });

  test('a copy that Ctrl-C stops tells what it did, and continues', async () => {
    const [source, target] = [await filled(), await startReal()];
    const state = join(scratchFolder(), 'state');
    const first = copy(source, target, '--state', state, '--rate', '2000');
    await isInTheMiddle(state);
    first.process.kill('SIGINT');
    const { code, stdout, stderr } = await first.ended;
    const { copied, isComplete } = JSON.parse(stdout) as { readonly copied: number; readonly isComplete: boolean };
    expect([code, isComplete, stderr]).toEqual([
      130,
      false,
      'memfleet: stopped by SIGINT; the same command continues\n',
    ]);
    expect(copied).toBeLessThan(count);
    const second = await copy(source, target, '--state', state).ended;
    expect(JSON.parse(second.stdout)).toMatchObject({ copied: count, skipped: {}, isComplete: true });
    await expectAll(source, target);
  });

  test('a target that is out in the middle is waited for', async () => {
    const source = await filled();
    const node = await spawnMemcached();
    onTestFinished(() => node.stop());
    const target = `${node.host}:${node.port}`;
    const state = join(scratchFolder(), 'state');
    const run = copy(source, target, '--state', state, '--rate', '2000');
    await isInTheMiddle(state);
    await node.down();
    await node.up();
    const { code, stdout } = await run.ended;
    const { copied, isComplete, skipped } = JSON.parse(stdout) as CopyResult;
    // What the target stored without a reply is there already when it is copied again.
    expect([code, copied + (skipped.exists ?? 0), isComplete]).toEqual([0, count, true]);
    await expectAll(source, target);
  });

  test('dump to standard output, restore from standard input', async () => {
    const [source, target] = [await filled(), await startReal()];
    const dump = runMemfleet(['dump', '-', '-n', source, '--timeout', '9000']);
    const restore = runMemfleet(['restore', '-', '-n', target, '--timeout', '9000'], [], 'pipe');
    dump.process.stdout?.pipe(restore.process.stdin as NodeJS.WritableStream);
    const [dumped, restored] = await Promise.all([dump.ended, restore.ended]);
    expect([dumped.code, dumped.stderr]).toEqual([0, expect.stringMatching(/^dumped 4,000 items/)]);
    expect([restored.code, restored.stdout]).toEqual([0, expect.stringMatching(/^restored 4,000 items/)]);
    await expectAll(source, target);
  });
});
