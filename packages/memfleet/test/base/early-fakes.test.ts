/** Jest's `enableGlobally`: the globals are fakes when memfleet is loaded, Node's modules are not. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as fakeTimers from '@sinonjs/fake-timers';
import { expect, onTestFinished, test } from 'vitest';

/** Node's own sockets need the tick of the process. */
const names = Object.keys(fakeTimers.timers).filter((name) => name !== 'nextTick');

test('fakes that are installed before memfleet is loaded are passed by', async () => {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    for (const name of workerData.names) {
      const [object, key] = name === 'hrtime' ? [process, name] : [globalThis, name];
      const fake = Object.assign(function () { return 0; }, { clock: {}, now: () => 0 });
      Object.defineProperty(object, key, { value: fake, configurable: true, writable: true });
    }
    import(workerData.realTime).then(async ({ inMicrotask, monotonicNow, setImmediate, setTimeout, wallNow }) => {
      await new Promise(inMicrotask);
      await new Promise((resolve) => setTimeout(resolve, 1));
      await new Promise(setImmediate);
      parentPort.postMessage({ monotonic: monotonicNow(), wall: wallNow() });
    });`;
  const realTime = new URL('../../dist/base/real-time.js', import.meta.url).href;
  const worker = new Worker(source, { eval: true, workerData: { realTime, names } });
  onTestFinished(() => void worker.terminate());
  const [{ monotonic, wall }] = (await once(worker, 'message')) as [{ monotonic: number; wall: number }];
  expect(monotonic).toBeGreaterThan(0);
  expect(Math.abs(wall - Date.now())).toBeLessThan(60_000);
});
