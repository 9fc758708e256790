/** A process that measures once, and the names on the command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chosen, named } from '../src/chosen.ts';
import { runOneShot } from '../src/one-shot.ts';

describe('a process that measures once', () => {
  /** Its program, of these statements. */
  function program(code: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'memfleet-one-shot-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'worker.mjs');
    writeFileSync(file, code);
    return file;
  }

  test('gets its assignment and gives its outcome', async () => {
    const worker = program('process.send({ doubled: JSON.parse(process.argv[2]).n * 2 }); process.disconnect();');
    expect(await runOneShot(worker, { n: 21 }, 30_000)).toEqual({ doubled: 42 });
  });

  test('is reported when it ends without one', async () => {
    expect(await runOneShot(program('process.exit(3)'), {}, 30_000)).toBe('ended by itself (3)');
  });

  test('is ended when it hangs, also in a loop', async () => {
    expect(await runOneShot(program('for (;;);'), {}, 50)).toBe('hung');
  });
});

describe('names on the command line', () => {
  const all = [{ name: '10k' }, { name: '100k' }];

  test('choose, in the order of the list; none chooses all', () => {
    expect(chosen(all, ['100k', '10k'], 'workload')).toEqual(all);
    expect(chosen(all, ['100k'], 'workload')).toEqual([{ name: '100k' }]);
    expect(chosen(all, [], 'workload')).toBe(all);
  });

  test('find the item of exactly this name', () => {
    expect(named(all, '100k', 'workload')).toBe(all[1]);
  });

  test('that are unknown are refused, with those that are known', () => {
    const message = 'there is no workload 1k; known: 10k, 100k';
    expect(() => chosen(all, ['1k'], 'workload')).toThrow(message);
    expect(() => named(all, '1k', 'workload')).toThrow(message);
  });
});
