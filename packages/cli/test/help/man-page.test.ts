/** The man page: complete, and right for groff and mandoc. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeBinaries } from '../../../memfleet/test/support/real-memcached.ts';
import { type CommandEntry, everyCommand, readTree } from '../../src/completion/command-tree.ts';
import { manPage } from '../../src/help/man-page.ts';
import { createProgram } from '../../src/program.ts';
import { scratch } from '../proxy/scratch.ts';

interface Manifest {
  readonly man: string;
  readonly files: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
}

let tree: CommandEntry;
let page = '';

beforeAll(async () => {
  tree = readTree(await createProgram([]));
  page = manPage(tree, { version: '1.2.3', date: '2026-01-31' });
});

test('it has every command and every option, and no character beyond ASCII', () => {
  for (const { path, options, commands } of everyCommand(tree)) {
    if (commands.length === 0) expect(page).toContain(`.SS "memfleet ${path.replaceAll('-', '\\-')} `);
    for (const { term } of options) expect(page).toContain(`.B ${term.replaceAll('-', '\\-')}\n`);
  }
  expect(page).toMatch(/^[\n\x20-\x7e]+$/);
  expect(page).not.toContain('proxy\\-worker');
});

describeBinaries(['mandoc'], 'mandoc', () => {
  test('finds nothing wrong with it', () => {
    const file = scratch({ 'memfleet.1': page })('memfleet.1');
    const { status, stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', file], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  });

  test('shows it as a page', () => {
    const file = scratch({ 'memfleet.1': page })('memfleet.1');
    const shown = execFileSync('mandoc', ['-T', 'ascii', file], { encoding: 'utf8' }).replaceAll(
      new RegExp(String.raw`.\u0008`, 'g'),
      '',
    );
    expect(shown).toContain('memfleet get [options] <key...>');
    expect(shown).toContain('--password-file <file>');
  });
});

describe('the package', () => {
  test('ships it, made before the package is packed', () => {
    const folder = new URL('../../', import.meta.url);
    const manifest = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as Manifest;
    expect(manifest.files).toContain('man');
    expect(manifest.scripts).toEqual({ man: 'node scripts/man-page.mjs', prepack: 'npm run man' });
    rmSync(new URL(manifest.man, folder), { force: true });
    execFileSync(process.execPath, [fileURLToPath(new URL('scripts/man-page.mjs', folder))]);
    expect(readFileSync(new URL(manifest.man, folder), 'utf8')).toContain('memfleet get');
  });
});
