/**
 * Which test files are of which project of vitest, by what they import, themselves or through other files of the tests:
 *
 * - `outsiders`: those that start a process (a real memcached, a client of another language, the built command), use
 *   the client or cache of somebody else, or name what the build made (`dist/`);
 * - `memory`: those that measure memory, each in a process of its own, where no other test frees or keeps any;
 * - `unit`: all others.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const foreign =
  /\/(?:real-memcached|foreign-contestant|one-shot)\.ts$|^(?:node:child_process|couchbase|memcached|memjs|@hapi\/catbox|@keyv\/test-suite|bentocache|express-session|undici|unstorage)$/;
const built = /\b(?:dist|bundle)\//;
const measuring = /\/support\/memory\.ts$/;
const imported = /(?:\bfrom|\bimport\(?) ?'([^']+)'/g;

/**
 * Whether a file imports what matches; `known` has the results so far.
 *
 * @param {string} file @param {RegExp} wanted @param {Map<string, boolean>} known @returns {boolean}
 */
function reaches(file, wanted, known) {
  const before = known.get(file);
  if (before !== undefined) return before;
  // Files that import each other ask no more than once.
  known.set(file, false);
  const targets = [...readFileSync(file, 'utf8').matchAll(imported)].map((match) => match[1] ?? '');
  const doesReach = targets.some((target) => {
    if (wanted.test(target)) return true;
    const path = join(dirname(file), target);
    return target.startsWith('.') && /[\\/]test[\\/]/.test(path) && existsSync(path) && reaches(path, wanted, known);
  });
  known.set(file, doesReach);
  return doesReach;
}

/** The test files of two projects, as paths from `root`. @param {string} root */
export function testProjects(root) {
  const packages = join(root, 'packages');
  const files = [...readdirSync(packages).map((name) => join(packages, name)), join(root, 'bench')]
    .map((folder) => join(folder, 'test'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
    .filter((file) => file.endsWith('.test.ts'))
    .sort();
  /** @param {RegExp} wanted */
  const reaching = (wanted) => {
    /** @type {Map<string, boolean>} */
    const known = new Map();
    return files.filter((file) => reaches(file, wanted, known)).map((file) => relative(root, file));
  };
  const abroad = new Set(reaching(foreign));
  const outsiders = files
    .filter((file) => abroad.has(relative(root, file)) || built.test(readFileSync(file, 'utf8')))
    .map((file) => relative(root, file));
  return { outsiders, memory: reaching(measuring).filter((file) => !outsiders.includes(file)) };
}
