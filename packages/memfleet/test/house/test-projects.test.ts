/** Test files of the project `unit` share a process and the modules that they import. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
interface Scripts {
  readonly testProjects: (root: string) => {
    readonly outsiders: readonly string[];
    readonly memory: readonly string[];
  };
}

const files = ['memfleet', 'cli', 'demo', 'dropin-memcached', 'dropin-memjs']
  .map((name) => `packages/${name}/test`)
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );

test('no module that test files share adds hooks when it is loaded, since it is loaded once for all of them', () => {
  const shared = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  expect(shared.length).toBeGreaterThan(50);
  const hook = /^(?:before|after)(?:Each|All)\(/m;
  expect(shared.filter((file) => hook.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
});

test('a test file that starts a process is an outsider; one that measures memory has a process of its own', async () => {
  // Types of .mjs files are checked in scripts/ only.
  const { testProjects } = (await import(join(root, 'scripts', 'test-projects.mjs'))) as Scripts;
  const { outsiders, memory } = testProjects(root);
  expect(outsiders).toContain(join('packages', 'memfleet', 'test', 'proxy', 'pile-up.test.ts'));
  // It reads no memory itself: the file that counts for it does.
  expect(memory).toContain(join('packages', 'memfleet', 'test', 'micro', 'counts.test.ts'));
  expect(memory.filter((file) => outsiders.includes(file))).toEqual([]);
});
