/** `memfleet demo` runs the demo where its package is installed, and names the package elsewhere. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runMemfleet, runNode } from './support/run.ts';

test('memfleet demo runs the demo that is installed beside the command, with its options and exit codes', async () => {
  expect(await runMemfleet(['demo', '--help']).ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Usage: memfleet-demo \[options\]/),
  });
  expect(await runMemfleet(['demo', '--seconds', '1', '--json']).ended).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("'1' is invalid"),
  });
});

test('SIGUSR1 stops memfleet demo in order and opens no debugger', { timeout: 60_000 }, async () => {
  const run = runMemfleet(['demo', '--seconds', '60', '--callers', '20']);
  await run.shows(/ {3}1 s /);
  run.process.kill('SIGUSR1');
  expect(await run.ended).toMatchObject({
    code: 130,
    stdout: expect.stringMatching(/interrupted; everything is stopped\n$/),
    stderr: '',
  });
});

test('memfleet demo without the package names the command that runs it, and is exit code 2', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'memfleet-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const modules = join(directory, 'node_modules');
  const copy = join(modules, '@memfleet/cli');
  mkdirSync(copy, { recursive: true });
  const cli = fileURLToPath(new URL('../', import.meta.url));
  for (const name of ['bundle', 'package.json']) cpSync(join(cli, name), join(copy, name), { recursive: true });
  expect(await runNode([join(copy, 'bundle/main.cjs'), 'demo', '--json']).ended).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('npx @memfleet/demo'),
  });
});
