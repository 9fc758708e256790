/** Batches that are worked on side by side. */
import { describe, expect, test } from 'vitest';
import { runLanes } from '../../src/copy/lanes.ts';

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
