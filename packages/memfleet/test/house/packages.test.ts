import { readFileSync } from 'node:fs';
import { version } from 'memfleet';
import { expect, test } from 'vitest';

interface Manifest {
  readonly version: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
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
  const lookAlike = manifest('../../../memcached-server/package.json');
  expect([cli.version, demo.version, lookAlike.version]).toEqual([version, version, version]);
  // Its program has the server in it.
  expect(lookAlike.dependencies).toBeUndefined();
  expect(cli.dependencies).toMatchObject({ memfleet: version, '@memfleet/memcached-server': version });
  expect(demo.dependencies).toMatchObject({ memfleet: version, '@memfleet/cli': version });
  for (const name of ['dropin-memcached', 'dropin-memjs']) {
    const dropin = manifest(`../../../${name}/package.json`);
    expect([dropin.version, dropin.dependencies]).toEqual([version, { memfleet: version }]);
  }
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
  expect(found).toMatchObject({ engines, license, author: library['author'], bugs: library['bugs'] });
  expect(found['author']).toMatch(/\w/);
  expect(found['repository']).toEqual({ ...(library['repository'] as object), directory: folder });
  // The page of the library is the README of the repository.
  const page = folder === 'packages/memfleet' ? '' : `/tree/main/${folder}`;
  expect(found['homepage']).toBe(`${String(library['homepage']).split('#')[0]}${page}#readme`);
  expect(found['description']).toMatch(/\w/);
  expect(found['keywords']).toContain('memcached');
});

test('every entry point has one copy for all who can import it, and CommonJS for the rest', () => {
  const { exports } = manifest('../../package.json');
  const { './package.json': self, ...entries } = exports as Record<string, Record<string, { types: string }>>;
  expect(self).toBe('./package.json');
  for (const conditions of Object.values(entries)) {
    // In this order: the first that a resolver knows counts.
    expect(Object.keys(conditions)).toEqual(['module-sync', 'bun', 'module', 'require', 'default']);
    const { require, default: esm, ...same } = conditions;
    for (const files of Object.values(same)) expect(files).toEqual(esm);
    for (const files of Object.values(conditions)) expect(Object.keys(files)).toEqual(['types', 'default']);
    expect(esm?.types).toMatch(/^\.\/dist\/.*\.d\.ts$/);
    expect(require?.types).toMatch(/^\.\/dist\/cjs\/[\w-]+\.d\.cts$/);
  }
});

test('the table of runtimes names the versions that CI tries', () => {
  const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
  const installed = [...read('.ci/run').matchAll(/\w@(\d+\.\d+\.\d+)/g)].map((match) => match[1] ?? '');
  const { devDependencies = {} } = manifest('../../../../package.json');
  const ours = ['typescript', 'express', 'fastify', '@nestjs/core'].map((name) => devDependencies[name] ?? name);
  const rows = read('docs/runtimes.md')
    .split('\n')
    .filter((line) => line.endsWith('| every run of CI |'));
  const named = rows.flatMap((row) => row.split('|')[2]?.match(/\d+\.\d+\.\d+/g) ?? []);
  expect(installed.length).toBeGreaterThan(7);
  expect(named.sort()).toEqual([...installed, ...ours].sort());
});

test('the lock file names no address to download from, so that it serves behind any registry', () => {
  const lock: { packages: Record<string, { resolved?: string; link?: boolean }> } = JSON.parse(
    readFileSync(new URL('../../../../package-lock.json', import.meta.url), 'utf8'),
  );
  const addresses = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined && !entry.link);
  expect(addresses).toEqual([]);
});
