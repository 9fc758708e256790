/** The lint of commit subjects, run in repositories that a test makes. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../../../scripts/lint/commit-subjects.mjs', import.meta.url));
const env = {
  PATH: process.env['PATH'],
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'memfleet-subjects-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function git(...args: string[]): void {
  execFileSync('git', args, { cwd: root, env });
}

/** A repository whose commits have these subjects, the oldest first. */
function repository(...subjects: string[]): void {
  git('init', '--quiet', '--initial-branch=main');
  commit(...subjects);
}

function commit(...subjects: string[]): void {
  for (const subject of subjects) git('commit', '--quiet', '--allow-empty', '--message', subject);
}

function lint(): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script], { cwd: root, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

const long = `pool: ${'x'.repeat(67)}`;

test('without origin/main and without a tag there is nothing to check', async () => {
  repository(long);
  expect(await lint()).toEqual({ code: 0, output: 'no commit beyond origin/main, and no tag: nothing to check\n' });
});

test('outside of a repository there is nothing to check', async () => {
  expect(await lint()).toMatchObject({ code: 0 });
});

test('commits that origin/main has are not checked, those after it are', async () => {
  repository(long);
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  commit('pool: a cold pool dials once', 'client, proxy: one meaning');
  expect(await lint()).toEqual({ code: 0, output: '2 commit subjects since origin/main checked\n' });
  commit(long);
  const { code, output } = await lint();
  expect(output).toContain('73 characters, 1 too many');
  expect(code).toBe(1);
});

test('on main itself, commits since the last tag are checked', async () => {
  repository(long);
  git('tag', 'v0.1.0');
  commit('Mend the pool');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  const { code, output } = await lint();
  expect(output).toContain('Mend the pool\n  not of the form `area: what changes for whom`');
  expect(output).toContain('1 commit subjects since v0.1.0 checked');
  expect(code).toBe(1);
});

test('figures in the body, and reverts, are accepted', async () => {
  repository('pool: one');
  git('tag', 'v0.1.0');
  commit(`pool: two\n\n${'12 ns less. '.repeat(20)}`, `Revert "${long}"`);
  expect(await lint()).toMatchObject({ code: 0 });
});
