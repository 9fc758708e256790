/**
 * Which test files are of the project `outsiders`: those that start a process (a real memcached, a client of another
 * language, the built command) or use the client of somebody else, themselves or by what they import from the tests.
 * All others are of the project `unit`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const outside = /^(?:node:child_process|couchbase|memcached|memjs)$/;
const imported = /(?:\bfrom|\bimport\(?) ?'([^']+)'/g;

/** @type {Map<string, boolean>} */
const known = new Map();

/** @param {string} file @returns {boolean} */
function reachesOutside(file) {
  const before = known.get(file);
  if (before !== undefined) return before;
  // Files that import each other ask no more than once.
  known.set(file, false);
  const targets = [...readFileSync(file, 'utf8').matchAll(imported)].map((match) => match[1] ?? '');
  const isOutside = targets.some((target) => {
    if (outside.test(target)) return true;
    const path = join(dirname(file), target);
    return target.startsWith('.') && /[\\/]test[\\/]/.test(path) && existsSync(path) && reachesOutside(path);
  });
  known.set(file, isOutside);
  return isOutside;
}

/** The test files of the project `outsiders`, as paths from `root`. @param {string} root @returns {string[]} */
export function outsiders(root) {
  const packages = join(root, 'packages');
  return readdirSync(packages)
    .map((name) => join(packages, name, 'test'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
    .filter((file) => file.endsWith('.test.ts') && reachesOutside(file))
    .map((file) => relative(root, file))
    .sort();
}
