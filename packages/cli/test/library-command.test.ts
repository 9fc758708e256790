/** `npx memfleet`: the library's command runs the program of this package, or says how to get it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const packages = fileURLToPath(new URL('../../', import.meta.url));

/** A project with a copy of the library's command in a folder of its own. */
function project(folder: string): { root: string; program: string } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'memfleet-npx-')));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const program = join(root, folder, 'dist/bin.js');
  mkdirSync(join(root, folder, 'dist'), { recursive: true });
  copyFileSync(join(packages, 'memfleet/dist/bin.js'), program);
  writeFileSync(join(root, folder, 'package.json'), '{ "type": "module" }');
  return { root, program };
}

function addCommand(root: string): void {
  mkdirSync(join(root, 'node_modules/@memfleet'), { recursive: true });
  symlinkSync(join(packages, 'cli'), join(root, 'node_modules/@memfleet/cli'));
}

function run(program: string, ...args: readonly string[]): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
}

test('without the package of the command, one line says how to run it, and the exit code is 2', () => {
  const { program } = project('node_modules/memfleet');
  const { stdout, stderr, status } = run(program, 'get', 'key', '--password', 'secret');
  expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
  expect(stderr).toBe(
    'memfleet: the command is in the package @memfleet/cli, which is not installed; run it with: npx @memfleet/cli\n',
  );
});

test('where both packages are in a project, the command runs, with its own exit codes', () => {
  const { root, program } = project('node_modules/memfleet');
  addCommand(root);
  expect(run(program, '--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(run(program, 'gett')).toMatchObject({ status: 2, stderr: expect.stringContaining("unknown command 'gett'") });
});

test('the command is found from the link that was started, where the library itself is in a store of packages', () => {
  const { root, program } = project('store/memfleet@1/node_modules/memfleet');
  const link = join(root, 'app/node_modules/.bin/memfleet');
  addCommand(join(root, 'app'));
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(program, link);
  expect(run(link, '--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(run(program, '--version').status).toBe(2);
});
