import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { version } from 'memfleet';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

test('memfleet --version prints the version', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--version']);
  expect(stdout).toBe(`${version}\n`);
});
