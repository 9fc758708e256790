/** `memfleet load` as a process: Ctrl-C ends it in order, and nothing but the result is on stdout. */
import { expect, onTestFinished, test } from 'vitest';
import { startNode } from '../copy/fleets.ts';
import { runMemfleet } from '../support/run.ts';

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends a run with the result so far, and exit code %d', async (signal, exitCode) => {
  const { address, server } = await startNode();
  const run = runMemfleet(['load', '-n', address, '-t', '1h', '-k', '100', '--mix', 'get', '--warm-up', '0', '--json']);
  onTestFinished(() => void run.process.kill('SIGKILL'));
  while (server.stats().gets < 1000) await new Promise((resolve) => setImmediate(resolve));
  run.process.kill(signal);
  const { code, stdout, stderr } = await run.ended;
  expect([code, stderr]).toEqual([exitCode, `memfleet: stopped by ${signal}\n`]);
  const { requests, seconds, errors } = JSON.parse(stdout) as Readonly<Record<string, number>>;
  expect(requests).toBeGreaterThan(100);
  expect(seconds).toBeLessThan(3600);
  expect(errors).toEqual({});
});
