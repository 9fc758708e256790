/** `npm run release`, run in repositories that a test makes, with an npm that writes down what it is asked to do. */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../../../scripts/release/main.mjs', import.meta.url));

interface Outcome {
  readonly code: number;
  readonly output: string;
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const manifest = (name: string, dependencies: Record<string, string> = {}): string =>
  JSON.stringify({ name, version: '0.1.0', dependencies }, null, 2);

/** A repository as this one is, with three packages, whose list of workspaces is not in the order of publication. */
class Repository {
  readonly root = mkdtempSync(join(tmpdir(), 'memfleet-release-'));
  readonly #bin = mkdtempSync(join(tmpdir(), 'memfleet-release-bin-'));
  readonly #asked = join(this.#bin, 'asked');
  readonly #env: NodeJS.ProcessEnv;

  constructor() {
    folders.push(this.root, this.#bin);
    this.#env = {
      PATH: `${this.#bin}:${process.env['PATH']}`,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@example.org',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@example.org',
    };
    this.npm('exit 0');
    this.write('package.json', JSON.stringify({ workspaces: ['packages/demo', 'packages/memfleet', 'packages/cli'] }));
    this.write('packages/memfleet/package.json', manifest('memfleet'));
    this.write('packages/cli/package.json', manifest('@memfleet/cli', { memfleet: '0.1.0', yaml: '0.1.0' }));
    this.write('packages/demo/package.json', manifest('@memfleet/demo', { '@memfleet/cli': '0.1.0' }));
    this.write('packages/memfleet/src/base/version.ts', `export const ownVersion: string = '0.1.0';\n`);
    this.write('package-lock.json', JSON.stringify({ packages: { 'packages/memfleet': { version: '0.1.0' } } }));
    this.write('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n- One.\n- Two.\n');
    this.write('.ci/run', 'echo the checks ran\n');
    this.git('init', '--quiet', '--initial-branch=main');
    this.commit();
  }

  /** What npm does when it is called; its arguments are in `$*`. */
  npm(body: string): void {
    writeFileSync(join(this.#bin, 'npm'), `#!/bin/sh\necho "$*" >> '${this.#asked}'\n${body}\n`);
    chmodSync(join(this.#bin, 'npm'), 0o755);
  }

  asked(): string[] {
    return readFileSync(this.#asked, { encoding: 'utf8', flag: 'a+' }).split('\n').filter(Boolean);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.root, env: this.#env, encoding: 'utf8' }).trim();
  }

  commit(): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', 'all: a beginning');
  }

  release(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    return new Promise((resolve) => {
      const options = { cwd: this.root, env: { ...this.#env, ...env } };
      const child = execFile(process.execPath, [script, ...args], options, (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
      );
    });
  }

  /** Everything that a release may change. */
  state(): string {
    return [this.git('status', '--porcelain'), this.git('log', '--oneline'), this.git('tag'), this.asked()].join('\n');
  }
}

test('a release writes one version everywhere, cuts the changelog, commits, tags and publishes in order', async () => {
  const repository = new Repository();
  const { code, output } = await repository.release(['minor']);
  expect(output).toContain('the checks ran');
  expect(code).toBe(0);
  expect(JSON.parse(repository.read('packages/memfleet/package.json')).version).toBe('0.2.0');
  expect(JSON.parse(repository.read('packages/cli/package.json'))).toEqual({
    name: '@memfleet/cli',
    version: '0.2.0',
    dependencies: { memfleet: '0.2.0', yaml: '0.1.0' },
  });
  expect(JSON.parse(repository.read('packages/demo/package.json')).dependencies).toEqual({ '@memfleet/cli': '0.2.0' });
  expect(repository.read('packages/memfleet/src/base/version.ts')).toContain(`'0.2.0'`);
  expect(JSON.parse(repository.read('package-lock.json')).packages['packages/memfleet'].version).toBe('0.2.0');
  expect(repository.read('CHANGELOG.md')).toMatch(
    /^# Changelog\n\n## Unreleased\n\n## 0\.2\.0 \(\d{4}-\d\d-\d\d\)\n\n- One\.\n- Two\.\n$/,
  );
  expect(repository.git('status', '--porcelain')).toBe('');
  expect(repository.git('log', '-1', '--format=%s')).toBe('release: 0.2.0');
  expect(repository.git('rev-parse', 'v0.2.0^{commit}')).toBe(repository.git('rev-parse', 'HEAD'));
  expect(repository.git('tag', '-l', '--format=%(contents)', 'v0.2.0')).toContain('- One.\n- Two.');
  expect(repository.asked()).toEqual([
    'run clean',
    'run build',
    'run check:package',
    'publish --workspace packages/memfleet',
    'publish --workspace packages/cli',
    'publish --workspace packages/demo',
  ]);
});

test('a release pushes the commit and the tag before it publishes, and publishes nothing when the push fails', async () => {
  const repository = new Repository();
  repository.git('remote', 'add', 'origin', join(repository.root, 'nowhere'));
  const { code, output } = await repository.release(['patch']);
  expect(code).toBe(1);
  expect(output).toContain('git push --atomic origin main v0.1.1 failed');
  expect(repository.asked().filter((line) => line.startsWith('publish'))).toEqual([]);
});

test('a private package gets the version but is not published', async () => {
  const repository = new Repository();
  repository.write('packages/demo/package.json', '{ "name": "@memfleet/demo", "version": "0.1.0", "private": true }');
  repository.commit();
  expect(await repository.release(['patch'])).toMatchObject({ code: 0 });
  expect(JSON.parse(repository.read('packages/demo/package.json')).version).toBe('0.1.1');
  expect(repository.asked().filter((line) => line.startsWith('publish'))).toHaveLength(2);
});

describe('a release refuses, and changes nothing,', () => {
  test.each<[string, RegExp, (repository: Repository) => void, string]>([
    ['while the tree has changes', /has changes:\n\?\? new/, (r) => r.write('new', ''), 'minor'],
    ['on another branch', /branch is topic, not main/, (r) => r.git('switch', '--quiet', '-c', 'topic'), 'minor'],
    ['a version whose tag exists', /tag v0\.2\.0 exists/, (r) => r.git('tag', 'v0.2.0'), 'minor'],
    ['a version that is not above the current one', /0\.1\.0 is not above/, () => undefined, '0.1.0'],
    ['a version that is none', /1\.2 is no version/, () => undefined, '1.2'],
  ])('%s', async (_, says, prepare, wanted) => {
    const repository = new Repository();
    prepare(repository);
    const before = repository.state();
    const { code, output } = await repository.release([wanted]);
    expect(output).toMatch(says);
    expect(code).toBe(1);
    expect(repository.state()).toBe(before);
  });

  test.each<[string, RegExp, string, string]>([
    ['when a check is red', /bash \.ci\/run failed \(3\)/, '.ci/run', 'exit 3\n'],
    [
      'without entries in the changelog',
      /no entries under "Unreleased"/,
      'CHANGELOG.md',
      '## Unreleased\n\n## 0.1.0\n',
    ],
    ['without a section for them', /no section "## Unreleased"/, 'CHANGELOG.md', '# Changelog\n'],
    [
      'when the places that name the version disagree',
      /packages\/memfleet\/package\.json says 0\.1\.0 and packages\/cli\/package\.json \(dependencies\.memfleet\) says 9\.9\.9/,
      'packages/cli/package.json',
      manifest('@memfleet/cli', { memfleet: '9.9.9' }),
    ],
  ])('%s', async (_, says, path, text) => {
    const repository = new Repository();
    repository.write(path, text);
    repository.commit();
    const before = repository.state();
    const { code, output } = await repository.release(['minor']);
    expect(output).toMatch(says);
    expect(code).toBe(1);
    expect(repository.state()).toBe(before);
  });
});

test('a build that fails under the new version leaves the files as they were', async () => {
  const repository = new Repository();
  repository.npm('[ "$2" != build ]');
  const { code, output } = await repository.release(['minor']);
  expect(output).toContain('npm run build failed (1)');
  expect(code).toBe(1);
  expect(repository.git('status', '--porcelain')).toBe('');
  expect(repository.git('tag')).toBe('');
});

test('when a package cannot be published, the message names the commands that are left', async () => {
  const repository = new Repository();
  repository.npm('[ "$*" != "publish --workspace packages/cli" ]');
  const { code, output } = await repository.release(['minor']);
  expect(output).toContain(
    'Still to run: npm publish --workspace packages/cli; npm publish --workspace packages/demo\n',
  );
  expect(code).toBe(1);
});

describe('a dry run', () => {
  test.each<[string, readonly string[], NodeJS.ProcessEnv]>([
    ['by its option', ['minor', '--dry-run'], {}],
    ['by the option that npm keeps', ['minor'], { npm_config_dry_run: 'true' }],
  ])('prints every step and writes nothing, %s', async (_, args, env) => {
    const repository = new Repository();
    const before = repository.state();
    const { code, output } = await repository.release(args, env);
    expect(output).toContain('memfleet 0.1.0 to 0.2.0 (dry run: nothing is written)');
    expect(output.match(/^ *\d+\. .*/gm)).toHaveLength(12);
    expect(output).not.toContain('the checks ran');
    expect(code).toBe(0);
    expect(repository.state()).toBe(before);
  });

  test('says what would refuse, and goes through all steps', async () => {
    const repository = new Repository();
    repository.write('CHANGELOG.md', '## Unreleased\n');
    const { code, output } = await repository.release(['minor', '--dry-run']);
    expect(output).toContain('would refuse: the working tree has changes');
    expect(output).toContain('would refuse: CHANGELOG.md has no entries');
    expect(output).toContain('12. publish @memfleet/demo');
    expect(code).toBe(0);
  });
});
