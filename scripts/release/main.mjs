/**
 * `npm run release -- minor` (or `major`, `patch`, `1.2.3`) releases all packages under one version.
 *
 *   refuse     a tree with changes · a branch other than main · a tag that exists · an empty "Unreleased" · red checks
 *      │
 *   write      the version in every place · the section of the changelog ── build, check ──▶ on failure: restored
 *      │
 *   record     commit · tag · push (where there is an origin)
 *      │
 *   publish    each package after those that it depends on
 *
 * `--dry-run` prints the steps, says which would refuse, and writes nothing.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cutUnreleased } from './changelog.mjs';
import { readPackages, readVersion, withVersion } from './packages.mjs';
import { nextVersion } from './version.mjs';

const root = process.cwd();
const words = process.argv.slice(2).filter((word) => word !== '--dry-run');
// Without a second `--` npm keeps the option for itself, and says so here.
const isDryRun = words.length < process.argv.length - 2 || process.env['npm_config_dry_run'] === 'true';

class Refusal extends Error {}

/** Runs a program with our output. @param {string} program @param {readonly string[]} args @param {string} [input] */
function run(program, args, input) {
  const stdin = input === undefined ? 'ignore' : 'pipe';
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: [stdin, 'inherit', 'inherit'], input });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Refusal(`${[program, ...args].join(' ')} failed (${status})`);
}

/** What git prints, or undefined where it fails. @param {...string} args */
function git(...args) {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * One step of a release. `refuses` is asked in a dry run as well and must change nothing; `run` does the work.
 * @typedef {{ does: string, refuses?: () => string | undefined, run?: () => void }} Step
 */

/** @param {string} version @param {string} section @returns {Step[]} */
function refusals(version, section) {
  return [
    {
      does: 'check that the working tree has no changes',
      refuses() {
        const status = git('status', '--porcelain');
        if (status === undefined) return 'this is no git repository';
        return status === '' ? undefined : `the working tree has changes:\n${status}`;
      },
    },
    {
      does: 'check that the branch is main',
      refuses() {
        const branch = git('branch', '--show-current');
        return branch === 'main' ? undefined : `the branch is ${branch === '' ? 'detached' : branch}, not main`;
      },
    },
    {
      does: `check that the tag v${version} does not exist`,
      refuses: () => (git('tag', '--list', `v${version}`) ? `the tag v${version} exists` : undefined),
    },
    {
      does: 'check that CHANGELOG.md has entries under "Unreleased"',
      refuses: () => (section === '' ? 'CHANGELOG.md has no entries under "Unreleased"' : undefined),
    },
    { does: 'run all checks: bash .ci/run', run: () => run('bash', ['.ci/run']) },
  ];
}

/** @param {Map<string, string>} files @param {string} version @param {string} section @returns {Step[]} */
function records(files, version, section) {
  const paths = [...files.keys()];
  return [
    {
      does: `write ${version} into ${paths.join(', ')}; build and check the packages`,
      run() {
        try {
          for (const [path, text] of files) writeFileSync(join(root, path), text);
          for (const script of ['clean', 'build', 'check:package']) run('npm', ['run', script]);
        } catch (error) {
          run('git', ['checkout', '--quiet', '--', ...paths]);
          throw error;
        }
      },
    },
    {
      does: `commit "release: ${version}"`,
      run: () => run('git', ['commit', '--quiet', '-am', `release: ${version}`]),
    },
    {
      does: `tag v${version} with the section of the changelog`,
      run: () =>
        run('git', ['tag', '--cleanup=whitespace', '-aF', '-', `v${version}`], `memfleet ${version}\n\n${section}\n`),
    },
    {
      does: 'push main and the tag to origin, if there is one',
      run() {
        if (git('remote', 'get-url', 'origin') !== undefined)
          run('git', ['push', '--atomic', 'origin', 'main', `v${version}`]);
      },
    },
  ];
}

/** @param {readonly import('./packages.mjs').Package[]} packages @returns {Step[]} */
function publications(packages) {
  const published = packages.filter(({ manifest }) => manifest.private !== true);
  return published.map(({ folder, manifest }, index) => ({
    does: `publish ${manifest.name}: npm publish --workspace ${folder}`,
    run() {
      try {
        run('npm', ['publish', '--workspace', folder]);
      } catch (error) {
        const left = published.slice(index).map((rest) => `npm publish --workspace ${rest.folder}`);
        throw new Refusal(`${manifest.name} is not published. Still to run: ${left.join('; ')}`, { cause: error });
      }
    },
  }));
}

function main() {
  const [wanted, ...surplus] = words;
  if (wanted === undefined || surplus.length > 0)
    throw new Refusal('usage: npm run release -- major|minor|patch|1.2.3 [--dry-run]');
  const packages = readPackages(root);
  const current = readVersion(root, packages);
  const version = nextVersion(current, wanted);
  const today = new Date().toISOString().slice(0, 10);
  const changelog = cutUnreleased(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version, today);
  const files = withVersion(root, packages, version).set('CHANGELOG.md', changelog.text);
  const steps = [
    ...refusals(version, changelog.section),
    ...records(files, version, changelog.section),
    ...publications(packages),
  ];
  console.log(`memfleet ${current} to ${version}${isDryRun ? ' (dry run: nothing is written)' : ''}`);
  for (const [index, step] of steps.entries()) {
    console.log(`${String(index + 1).padStart(2)}. ${step.does}`);
    const refusal = step.refuses?.();
    if (isDryRun) {
      if (refusal !== undefined) console.log(`    would refuse: ${refusal}`);
    } else {
      if (refusal !== undefined) throw new Refusal(refusal);
      step.run?.();
    }
  }
}

try {
  main();
} catch (error) {
  console.error(`No release: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
