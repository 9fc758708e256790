/**
 * `node scripts/lint/commit-subjects.mjs`: checks the subjects of the commits that origin/main does not have; on main
 * itself, of those since the last tag. A clone that knows neither has nothing to compare with, and passes.
 *
 * A subject is `area: what changes for whom`, at most 72 characters. Figures and reasons belong in the body, after an
 * empty line.
 */
import { execFileSync } from 'node:child_process';

const maxLength = 72;
const form = /^[a-z0-9][\w./@-]*(?:, [a-z0-9][\w./@-]*)*: \S/;

/** The output of git, or undefined where it fails: no repository, no such name. @param {...string} words */
function git(...words) {
  try {
    return execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** The commit after which subjects are checked, and how a person calls it. */
function base() {
  const remote = git('rev-parse', '--verify', 'origin/main^{commit}');
  if (remote !== undefined && remote !== git('rev-parse', 'HEAD')) return 'origin/main';
  return git('describe', '--tags', '--abbrev=0');
}

/** What is wrong with a subject, or undefined. @param {string} subject */
function fault(subject) {
  if (subject.startsWith('Revert "')) return undefined;
  const { length } = subject;
  if (length > maxLength) return `${length} characters, ${length - maxLength} too many: move figures into the body`;
  if (!form.test(subject)) return 'not of the form `area: what changes for whom`';
  return undefined;
}

const since = base();
if (since === undefined) {
  console.log('no commit beyond origin/main, and no tag: nothing to check');
} else {
  const commits = (git('log', '--no-merges', '--format=%h %s', `${since}..HEAD`) ?? '').split('\n').filter(Boolean);
  for (const commit of commits) {
    const subject = commit.slice(commit.indexOf(' ') + 1);
    const found = fault(subject);
    if (found === undefined) continue;
    console.log(`${commit}\n  ${found}`);
    process.exitCode = 1;
  }
  console.log(`${commits.length} commit subjects since ${since} checked`);
}
