/**
 * The packages of this repository: where their one version is written, and in which order they are published.
 *
 * All packages have one version. It is written in the package.json of each, where one depends on another, in the lock
 * file, and in the constant that the library exports. Only the release script changes it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ name: string, version?: string, private?: boolean, [field: string]: any }} Manifest
 * @typedef {{ folder: string, manifest: Manifest }} Package
 */

const dependencyFields = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];
const constantFile = 'packages/memfleet/src/base/version.ts';
const constant = /(ownVersion: string = ')([^']*)(')/;

/** @param {string} root @param {string} path */
const readJson = (root, path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
/** @param {unknown} value */
const toJson = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** The workspaces, those that others depend on first. @param {string} root @returns {Package[]} */
export function readPackages(root) {
  /** @type {string[]} */
  const folders = readJson(root, 'package.json').workspaces;
  const waiting = folders.map((folder) => ({ folder, manifest: readJson(root, `${folder}/package.json`) }));
  /** @type {Package[]} */
  const ordered = [];
  while (waiting.length > 0) {
    const free = waiting.findIndex(
      ({ manifest }) => !waiting.some((other) => dependsOn(manifest, other.manifest.name)),
    );
    if (free === -1)
      throw new Error(`${waiting.map(({ folder }) => folder).join(', ')} depend on each other in a circle`);
    ordered.push(...waiting.splice(free, 1));
  }
  return ordered;
}

/** @param {Manifest} manifest @param {string} name */
function dependsOn(manifest, name) {
  return dependencyFields.some((field) => manifest[field]?.[name] !== undefined);
}

/**
 * Every place that names the version, as `where: version`. @param {string} root @param {readonly Package[]} packages
 */
function places(root, packages) {
  /** @type {[string, string][]} */
  const found = [];
  for (const { folder, manifest } of packages) {
    found.push([`${folder}/package.json`, manifest.version ?? 'no version']);
    for (const other of packages)
      for (const field of dependencyFields) {
        const version = manifest[field]?.[other.manifest.name];
        if (version !== undefined) found.push([`${folder}/package.json (${field}.${other.manifest.name})`, version]);
      }
  }
  const source = readFileSync(join(root, constantFile), 'utf8');
  found.push([constantFile, constant.exec(source)?.[2] ?? 'no version']);
  return found;
}

/**
 * The version of all packages; throws when one place disagrees. @param {string} root @param {readonly Package[]}
 * packages
 */
export function readVersion(root, packages) {
  const found = places(root, packages);
  const first = found[0];
  if (first === undefined) throw new Error('package.json names no workspaces');
  const other = found.find(([, version]) => version !== first[1]);
  if (other !== undefined)
    throw new Error(`the packages have one version, but ${first[0]} says ${first[1]} and ${other[0]} says ${other[1]}`);
  return first[1];
}

/**
 * Writes the version into a manifest, or an entry of the lock file. @param {any} entry @param {ReadonlySet<string>}
 * names @param {string} version
 */
function setVersion(entry, names, version) {
  if (entry.version !== undefined) entry.version = version;
  for (const field of dependencyFields)
    for (const name of Object.keys(entry[field] ?? {})) if (names.has(name)) entry[field][name] = version;
}

/**
 * The files that name the version, with the new one in them. Writes nothing.
 * @param {string} root @param {readonly Package[]} packages @param {string} version
 * @returns {Map<string, string>} path → text
 */
export function withVersion(root, packages, version) {
  const names = new Set(packages.map(({ manifest }) => manifest.name));
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const { folder } of packages) {
    const manifest = readJson(root, `${folder}/package.json`);
    setVersion(manifest, names, version);
    files.set(`${folder}/package.json`, toJson(manifest));
  }
  const source = readFileSync(join(root, constantFile), 'utf8');
  files.set(constantFile, source.replace(constant, `$1${version}$3`));
  if (existsSync(join(root, 'package-lock.json'))) {
    const lock = readJson(root, 'package-lock.json');
    for (const { folder } of packages) if (lock.packages[folder]) setVersion(lock.packages[folder], names, version);
    files.set('package-lock.json', toJson(lock));
  }
  return files;
}
