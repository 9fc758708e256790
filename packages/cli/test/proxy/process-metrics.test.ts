import { expect, it } from 'vitest';
import { ProcessMetrics } from '../../src/proxy/metrics/metrics.ts';

it('metrics of a process that could not be loaded once are loaded by the next reading', async () => {
  let tries = 0;
  const metric = { name: 'process_open_fds', help: '', type: 'gauge', aggregator: 'sum', values: [] };
  const metrics = new ProcessMetrics(async () => {
    if (++tries === 1) throw new Error('EMFILE: too many open files');
    return { getMetricsAsJSON: async () => [metric] as never };
  });
  const [first, second] = [metrics.read(), metrics.read()];
  await expect(first).rejects.toThrow('EMFILE');
  await expect(second).rejects.toThrow('EMFILE');
  expect(await metrics.read()).toEqual([metric]);
  expect(await metrics.read()).toEqual([metric]);
  expect(tries).toBe(2);
});
