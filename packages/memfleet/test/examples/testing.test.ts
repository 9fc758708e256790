/**
 * The examples of tests in examples/testing-* run in their runners, on the built package. That of Jest runs in
 * scripts/try-package, where Jest is.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { root } from './support.ts';

async function run(example: string, args: readonly string[]): Promise<{ output: string; code: unknown }> {
  // A runner does not start within another one.
  const { NODE_TEST_CONTEXT: _context, VITEST: _vitest, VITEST_POOL_ID: _pool, ...env } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: join(root, 'examples', example),
    env: { ...env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { output, code };
}

test('the example for Vitest passes, with the server of its global setup', async () => {
  const { output, code } = await run('testing-vitest', [join(root, 'node_modules/vitest/vitest.mjs'), 'run']);
  expect(output).toMatch(/Tests +6 passed \(6\)/);
  expect(code).toBe(0);
});

test('the example for node:test passes', async () => {
  const { output, code } = await run('testing-node-test', ['--test', '--test-reporter=tap']);
  expect(output).toMatch(/^# pass 4$/m);
  expect(code).toBe(0);
});
