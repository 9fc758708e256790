/**
 * A single executable application of Node:
 * https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inject } from 'postject';
import { licencesOf } from '../package/licences.mjs';
import { writeBundle } from './bundle.mjs';

const dist = resolve(import.meta.dirname, '../../dist');

/** The blob must be made by the Node that runs it. */
const node = join(import.meta.dirname, 'node_modules/node24/bin/node');

/** The word by which Node finds out that a blob was put in. */
const sentinelFuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

export async function writeBinary() {
  const scratch = mkdtempSync(join(tmpdir(), 'memfleet-binary-'));
  try {
    const bundle = join(scratch, 'memfleet.cjs');
    const blob = join(scratch, 'blob');
    const settings = join(scratch, 'sea.json');
    const program = join(scratch, 'memfleet');
    const inputs = await writeBundle(bundle, 'node24');
    const sea = { main: bundle, output: blob, disableExperimentalSEAWarning: true, useCodeCache: true };
    writeFileSync(settings, JSON.stringify(sea));
    execFileSync(node, ['--experimental-sea-config', settings], { stdio: ['ignore', 'ignore', 'inherit'] });
    copyFileSync(node, program);
    strip(program);
    await inject(program, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse });
    mkdirSync(dist, { recursive: true });
    writeFileSync(join(dist, 'LICENSES.txt'), licencesOf(inputs, join(node, '../..')));
    copyFileSync(program, join(dist, 'memfleet.new'));
    // A binary that runs cannot be written to, but another one can take its name.
    renameSync(join(dist, 'memfleet.new'), join(dist, 'memfleet'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`dist/memfleet: ${Math.round(statSync(join(dist, 'memfleet')).size / 1e6)} MB`);
}

/** Takes the symbols out: 18 MB. @param {string} program */
function strip(program) {
  try {
    execFileSync('strip', [program], { stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (error) {
    console.warn(`the binary keeps its symbols: ${/** @type {Error} */ (error).message}`);
  }
}
