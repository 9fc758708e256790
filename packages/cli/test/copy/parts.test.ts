/** The parts of a copy that need no fleet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectError, ServerError } from 'memfleet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { duration } from '../../src/amounts.ts';
import { type KeyBatch, KeyListWriter, type ListedKey, readKeyList } from '../../src/copy/key-list.ts';
import { runLanes } from '../../src/copy/lanes.ts';
import { Outcome, PartialOutcome } from '../../src/copy/outcome.ts';
import { Pacer, type PacerTime } from '../../src/copy/pacer.ts';
import { Persistence, reasonOf } from '../../src/copy/persistence.ts';
import { progressText } from '../../src/copy/progress-line.ts';
import { TerminalLine } from '../../src/terminal-line.ts';

/** A clock that moves by what sleeps. */
function fakeTime(): PacerTime & { at: number } {
  const time = {
    at: 0,
    now: () => time.at,
    sleep: (ms: number): Promise<void> => {
      time.at += ms;
      return Promise.resolve();
    },
  };
  return time;
}

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('the list of keys', () => {
  const keys: ListedKey[] = [
    { key: Buffer.from('plain'), exptime: 1_700_000_000, size: 64 },
    { key: Buffer.from('with space, % and %41'), exptime: 0, size: 1 },
    { key: Buffer.from([0, 10, 13, 0x25, 0x7f, 0xff]), exptime: 0, size: 1 },
    { key: Buffer.from('schlüssel'), exptime: 5, size: 3_000_000 },
    { key: Buffer.from('large'), exptime: 5, size: 3_000_000 },
    { key: Buffer.from('last'), exptime: 5, size: 1 },
  ];

  async function batchesOf(path: string, start: number, most: number): Promise<KeyBatch[]> {
    const batches: KeyBatch[] = [];
    for await (const batch of readKeyList(path, start, most)) batches.push(batch);
    return batches;
  }

  test('gives keys of any bytes as they were written', async () => {
    const path = join(scratchFolder(), 'keys');
    const list = new KeyListWriter(path);
    for (const key of keys) list.add(key);
    list.close();
    const batches = await batchesOf(path, 0, 100);
    expect(batches.flatMap((batch) => batch.keys)).toEqual(keys);
    expect([list.keys, list.bytes]).toEqual([6, 6_000_067]);
  });

  test('continues behind any batch, and batches have so many keys and bytes at most', async () => {
    const path = join(scratchFolder(), 'keys');
    const list = new KeyListWriter(path);
    for (const key of keys) list.add(key);
    list.close();
    const batches = await batchesOf(path, 0, 2);
    expect(batches.map((batch) => batch.keys.length)).toEqual([2, 2, 2]);
    expect(await batchesOf(path, batches[0]?.end ?? 0, 2)).toEqual(batches.slice(1));
    // Closed behind 4 MB.
    expect((await batchesOf(path, 0, 100)).map((batch) => batch.keys.length)).toEqual([5, 1]);
  });
});

describe('lanes', () => {
  async function* numbers(count: number): AsyncGenerator<number, void, undefined> {
    for (let n = 0; n < count; n++) yield await Promise.resolve(n);
  }

  test('give results in the order of the batches, whichever is done first', async () => {
    const done: number[] = [];
    const held: (() => void)[] = [];
    const work = async (n: number): Promise<number> => {
      if (n === 0) await new Promise<void>((resolve) => held.push(resolve));
      else if (n === 9) held[0]?.();
      return n;
    };
    await runLanes(
      numbers(20),
      work,
      (_, result) => done.push(result),
      () => false,
    );
    expect(done).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  test('reject with the first error, and nothing behind the failed batch is done', async () => {
    const done: number[] = [];
    const work = (n: number): Promise<number> => (n === 2 ? Promise.reject(new Error('two')) : Promise.resolve(n));
    await expect(
      runLanes(
        numbers(20),
        work,
        (n) => done.push(n),
        () => false,
      ),
    ).rejects.toThrow('two');
    expect(done).toEqual([0, 1]);
  });

  test('that are stopped finish what is in progress', async () => {
    const done: number[] = [];
    await runLanes(
      numbers(20),
      (n) => Promise.resolve(n),
      (n) => done.push(n),
      () => done.length >= 5,
    );
    expect(done.length).toBeLessThan(10);
    expect(done).toEqual(done.map((_, n) => n));
  });
});

describe('the pacer', () => {
  test('spreads items over the time, without a burst for idle time', async () => {
    const time = fakeTime();
    const pacer = new Pacer(100, time);
    for (let n = 0; n < 10; n++) await pacer.take(10);
    expect(time.at).toBe(900);
    time.at = 60_000;
    for (let n = 0; n < 3; n++) await pacer.take(10);
    expect(time.at).toBe(60_200);
  });

  test('without a rate never waits', async () => {
    const time = fakeTime();
    await new Pacer(undefined, time).take(1e9);
    expect(time.at).toBe(0);
  });
});

describe('calls that outlast an outage', () => {
  test('are made again until the node is back', async () => {
    const time = fakeTime();
    let calls = 0;
    const call = (): Promise<string> =>
      ++calls < 5 ? Promise.reject(new ConnectError('refused')) : Promise.resolve('value');
    expect(await new Persistence(30_000, time).call(call)).toBe('value');
    expect(time.at).toBe(100 + 200 + 400 + 800);
  });

  test('are given up after the patience, with the last error', async () => {
    const time = fakeTime();
    const failing = (): Promise<never> => Promise.reject(new ConnectError('refused'));
    await expect(new Persistence(5000, time).call(failing)).rejects.toThrow('refused');
    expect(time.at).toBeLessThanOrEqual(5000);
  });

  test('that a node refused are not made again', async () => {
    const time = fakeTime();
    const refused = new ServerError('SERVER_ERROR out of memory storing object', 'server', 0);
    await expect(new Persistence(5000, time).call(() => Promise.reject(refused))).rejects.toBe(refused);
    expect(time.at).toBe(0);
    expect(reasonOf(refused)).toBe('refused');
    expect(reasonOf(new ServerError('SERVER_ERROR object too large for cache', 'server', 0))).toBe('tooLarge');
  });
});

describe('the progress line', () => {
  test('shows a bar, the rate and the time that is left', () => {
    expect(progressText({ done: 250_000, total: 1_000_000, unit: 'items' }, 5000)).toBe(
      '[######------------------] 25 %  250k of 1.0M items  5000/s  2 min 30 s left',
    );
    expect(progressText({ done: 812, unit: 'keys listed' }, 400)).toBe('812 keys listed  400/s');
    expect(progressText({ done: 0, total: 10, unit: 'items' }, 0)).toBe(
      '[------------------------] 0 %  0 of 10 items  0/s',
    );
  });

  test.each([
    [0.2, '1 s'],
    [59, '59 s'],
    [3599, '59 min 59 s'],
    [7300, '2 h 1 min'],
  ])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  test('writes nothing where no terminal is', () => {
    const written: string[] = [];
    const line = new TerminalLine(() => 'text', 1, { write: (text) => written.push(text) });
    line.end();
    expect(written).toEqual([]);
  });
});

describe('an outcome', () => {
  test('counts by reason, names what failed, and hands every item on', () => {
    const reported: string[] = [];
    const outcome = new Outcome((item) => reported.push(String(item.key)));
    const part = new PartialOutcome();
    part.add(1000);
    for (let n = 0; n < 7; n++) part.skip({ key: Buffer.from(`k${n}\u001b`), reason: 'tooLarge', detail: 'why' });
    part.skip({ key: Buffer.from('a'), reason: 'exists' });
    outcome.take(part);
    expect(outcome.counts).toEqual({ copied: 1, bytes: 1000, skipped: { tooLarge: 7, exists: 1 } });
    expect(outcome.hasFailures).toBe(true);
    expect(reported).toHaveLength(8);
    expect(outcome.lines('copied', 1)).toEqual([
      'copied 1 item, 1000 B of values, 1/s',
      'skipped 7 items: too large for the target',
      ...[0, 1, 2, 3, 4].map((n) => `  k${n}%1B: why`),
      '  and 2 more',
      'skipped 1 item: already at the target',
    ]);
    expect(new Outcome(undefined, outcome.counts).counts).toEqual(outcome.counts);
  });
});
