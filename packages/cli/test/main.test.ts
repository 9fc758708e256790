import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { version } from 'memfleet';
import { expect, test } from 'vitest';
import { firstWords, program } from './support/program.ts';

test('memfleet --version prints the version', async () => {
  const { stdout } = await promisify(execFile)(program, [...firstWords, '--version']);
  expect(stdout).toBe(`${version}\n`);
});
