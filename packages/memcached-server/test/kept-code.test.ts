import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { codeFolder } from '../src/kept-code.ts';

/** A package with its program and a link to it, as npm installs them. */
function install(): { folder: string; program: string; cache: string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'memfleet-')));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'dist/bundle'), { recursive: true });
  writeFileSync(join(folder, 'dist/bundle/memcached.cjs'), '');
  symlinkSync('dist/bundle/memcached.cjs', join(folder, 'memcached'));
  return { folder, program: join(folder, 'memcached'), cache: join(folder, 'code-cache') };
}

test('compiled code is kept in the package, for its owner', () => {
  const { folder, program, cache } = install();
  expect(codeFolder(program)).toBe(cache);
  mkdirSync(cache, { mode: 0o755 });
  expect(codeFolder(program)).toBe(cache);
  expect(codeFolder(program, statSync(folder).uid + 1)).toBeUndefined();
  expect(codeFolder(join(folder, 'nothing'))).toBeUndefined();
});

test('no code is taken from a link, a file, or a folder that others may write', () => {
  const { folder, program, cache } = install();
  mkdirSync(join(folder, 'elsewhere'));
  symlinkSync('elsewhere', cache);
  expect(codeFolder(program)).toBeUndefined();
  rmSync(cache);
  writeFileSync(cache, '');
  expect(codeFolder(program)).toBeUndefined();
  rmSync(cache);
  mkdirSync(cache);
  chmodSync(cache, 0o777);
  expect(codeFolder(program)).toBeUndefined();
});
