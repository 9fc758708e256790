/** The README's first example, plain CommonJS, and import beside require, on every runtime that is there. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { examplesIn } from '../examples.mjs';

/** @typedef {import('./main.mjs').Bench} Bench */
/** @typedef {{ name: string, program: string, args: readonly string[] }} Runtime */

const deno = '@deno/linux-x64-glibc/deno';
const bun = '@oven/bun-linux-x64/bin/bun';

/** @param {Bench} bench @returns {Runtime[]} */
export function programs({ tools }) {
  const own = { name: `Node ${process.versions.node}`, program: process.execPath, args: [] };
  if (tools === undefined) return [own];
  const others = readdirSync(tools)
    .filter((name) => /^node\d+$/.test(name))
    .map((name) => ({
      name: `Node ${versionOf(join(tools, name))}`,
      program: join(tools, name, 'bin/node'),
      args: [],
    }));
  /** @param {string} name @param {string} path @param {readonly string[]} args @returns {Runtime[]} */
  const tool = (name, path, args) => {
    const folder = join(tools, path.split('/').slice(0, 2).join('/'));
    if (!existsSync(join(tools, path))) return [];
    return [{ name: `${name} ${versionOf(folder)}`, program: join(tools, path), args }];
  };
  return [...(others.length === 0 ? [own] : others), ...tool('Bun', bun, []), ...tool('Deno', deno, ['run', '-A'])];
}

/** @param {string} folder */
export const versionOf = (folder) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version.replace(/^v/, '');

/** @param {Bench} bench @param {readonly Runtime[]} all @returns {import('./main.mjs').Trial[]} */
export function runtimes({ scratch, tryRun }, all) {
  const readme = readFileSync(join(scratch, 'node_modules/memfleet/README.md'), 'utf8');
  const [example] = examplesIn(readme, 'README.md');
  if (example === undefined) throw new Error('the README of the package has no example');
  writeFileSync(join(scratch, 'try.mjs'), example.code);
  const files = { 'try.mjs': /name: ['"]Ada['"]/, 'commonjs.cjs': /CommonJS works/, 'same-classes.mjs': /one copy/ };
  return all.map(({ name, program, args }) => ({
    name: `${name}: ${Object.keys(files).join(', ')}`,
    async run() {
      for (const [file, expected] of Object.entries(files)) await tryRun(program, [...args, file], expected);
    },
  }));
}
