import { readFileSync } from 'node:fs';
import { version } from 'memfleet';
import { expect, test } from 'vitest';

function manifest(path: string): { version: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

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

test('the lock file names no address to download from, so that it serves behind any registry', () => {
  const lock: { packages: Record<string, { resolved?: string; link?: boolean }> } = JSON.parse(
    readFileSync(new URL('../../../../package-lock.json', import.meta.url), 'utf8'),
  );
  const addresses = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined && !entry.link);
  expect(addresses).toEqual([]);
});
