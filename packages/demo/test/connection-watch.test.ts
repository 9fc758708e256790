import { expect, test } from 'vitest';
import { ConnectionWatch } from '../src/connection-watch.ts';

test('the peak is what two samples in a row have at least, and a node that does not reply has none', async () => {
  const samples = [
    [3, 1],
    [2, 5],
    [9, 1],
  ];
  let counts: readonly (number | undefined)[] = [];
  const watch = new ConnectionWatch(async () => counts);
  for (const sample of samples) {
    counts = sample;
    await watch.sample();
  }
  expect(watch.takePeak()).toBe(2);
  for (const sample of [
    [undefined, 1],
    [undefined, 1],
  ]) {
    counts = sample;
    await watch.sample();
  }
  expect(watch.takePeak()).toBe(1);
});
