import { readFileSync } from 'node:fs';
import { version } from 'memfleet';
import { expect, test } from 'vitest';

interface Manifest {
  readonly version: string;
  readonly dependencies?: Record<string, string>;
  readonly [field: string]: unknown;
}

function manifest(path: string): Manifest {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

const { workspaces, engines, license } = manifest('../../../../package.json');

test('all packages have one version, and each depends on exactly that version of the others', () => {
  const library = manifest('../../package.json');
  const cli = manifest('../../../cli/package.json');
  const demo = manifest('../../../demo/package.json');
  expect(version).toBe(library.version);
  expect([cli.version, demo.version]).toEqual([version, version]);
  expect(cli.dependencies).toMatchObject({ memfleet: version });
  expect(demo.dependencies).toMatchObject({ memfleet: version, '@memfleet/cli': version });
});

test('the command does not depend on the demo', () => {
  expect(Object.keys(manifest('../../../cli/package.json').dependencies ?? {})).not.toContain('@memfleet/demo');
});

test('the library has no runtime dependencies', () => {
  expect(manifest('../../package.json').dependencies ?? {}).toEqual({});
});

test.each(workspaces as string[])('%s says where it comes from, what it is and which Node it needs', (folder) => {
  const library = manifest('../../package.json');
  const found = manifest(`../../../../${folder}/package.json`);
  expect(found).toMatchObject({ engines, license, bugs: library['bugs'] });
  expect(found['repository']).toEqual({ ...(library['repository'] as object), directory: folder });
  expect(found['homepage']).toBe(`${String(library['homepage']).split('/tree/')[0]}/tree/main/${folder}#readme`);
  expect(found['description']).toMatch(/\w/);
  expect(found['keywords']).toContain('memcached');
});

test('the lock file names no address to download from, so that it serves behind any registry', () => {
  const lock: { packages: Record<string, { resolved?: string; link?: boolean }> } = JSON.parse(
    readFileSync(new URL('../../../../package-lock.json', import.meta.url), 'utf8'),
  );
  const addresses = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined && !entry.link);
  expect(addresses).toEqual([]);
});
