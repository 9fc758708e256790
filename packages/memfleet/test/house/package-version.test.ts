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
