/** The faults of manifests: see main.mjs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** @typedef {{ file: string, kind: string, module: string, object: object }} Manifest */

/** @param {string} file @returns {Manifest[]} */
function manifestsOf(file) {
  return parseAllDocuments(readFileSync(file, 'utf8'), { strict: true, uniqueKeys: true }).map((document) => {
    const [error] = document.errors;
    if (error) throw new Error(`${file}: ${error.message}`);
    const { apiVersion, kind } = document.toJS();
    return { file: basename(file), kind, module: `kubernetes-models/${apiVersion}`, object: document.toJS() };
  });
}

/** @param {readonly string[]} files @returns {Promise<string[]>} */
export async function faultsIn(files) {
  const manifests = files.flatMap(manifestsOf);
  const wrong = await Promise.all(manifests.map(wrongValues));
  return [...wrong.flat(), ...unknownFields(manifests)];
}

/** @param {Manifest} manifest */
async function wrongValues({ file, kind, module, object }) {
  const { [kind]: Model } = await import(module);
  if (Model === undefined) return [`${file}: ${module} has no ${kind}`];
  try {
    new Model(object).validate();
    return [];
  } catch (error) {
    return [`${file}, ${kind}: ${/** @type {Error} */ (error).message}`];
  }
}

/** @param {readonly Manifest[]} manifests @returns {string[]} */
function unknownFields(manifests) {
  const folder = mkdtempSync(join(import.meta.dirname, 'node_modules/.manifests-'));
  try {
    const literals = manifests.map(({ file, kind, module, object }, at) => {
      const text = JSON.stringify(object, undefined, 1);
      return `// ${file}, ${kind}\nimport type { I${kind} as T${at} } from '${module}';\nexport const m${at}: T${at} = ${text};\n`;
    });
    const source = join(folder, 'manifests.ts');
    writeFileSync(source, literals.join('\n'));
    const tsc = resolve(import.meta.dirname, '../../node_modules/.bin/tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'esnext', '--moduleResolution', 'bundler'];
    const { status, stdout, stderr } = spawnSync(tsc, ['--ignoreConfig', ...options, '--types', '', source], {
      encoding: 'utf8',
    });
    if (status === 0) return [];
    return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
