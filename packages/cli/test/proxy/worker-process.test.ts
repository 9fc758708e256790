/** A worker process as its supervisor sees it, with a process that is none. */
import cluster, { type Worker } from 'node:cluster';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { SupervisorMessage } from '../../src/proxy/run/messages.ts';
import { WorkerProcess } from '../../src/proxy/run/worker-process.ts';
import type { ProxySettings } from '../../src/proxy/settings.ts';

test('a worker that does not reply to a reload in time is told to go back to the settings that it had', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const told: SupervisorMessage[] = [];
  const child = {
    on: (): void => {},
    once: (): void => {},
    isConnected: (): boolean => true,
    send: (order: SupervisorMessage): void => void told.push(order),
  };
  const fork = vi.spyOn(cluster, 'fork').mockReturnValue(child as unknown as Worker);
  onTestFinished(() => fork.mockRestore());
  const settings = (name: string): ProxySettings => ({ proxy: { name }, log: {} }) as unknown as ProxySettings;
  const worker = new WorkerProcess(1, settings('old'), { onReset: vi.fn(), onLog: vi.fn(), onClients: vi.fn() });

  const reloaded = worker.reload(settings('new'));
  vi.advanceTimersByTime(20_000);
  await expect(reloaded).rejects.toThrow('a worker does not answer');
  expect(told).toMatchObject([
    { type: 'reload', options: { name: 'new' } },
    { type: 'reload', options: { name: 'old' } },
  ]);
});
