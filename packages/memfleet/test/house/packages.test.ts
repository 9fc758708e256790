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

test('version is the one in package.json, and the command is released with the library it was built for', () => {
  const library = manifest('../../package.json');
  const cli = manifest('../../../cli/package.json');
  expect(version).toBe(library.version);
  expect(cli.version).toBe(library.version);
  expect(cli.dependencies?.['memfleet']).toBe(library.version);
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
