/**
 * The licences of what the binary holds, as one text: Node's, which has those of its parts, and one of each package
 * whose files are in the bundle.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/**
 * @param {readonly string[]} inputs the files of the bundle, seen from the root of the repository
 * @param {string} node the folder of Node's package
 */
export function licencesOf(inputs, node) {
  const folders = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []));
  const texts = [...folders]
    .sort()
    .map((folder) => textIn(join(root, folder), folder.replace(/^.*node_modules\//, '')));
  return [`memfleet\n\n${readFileSync(join(root, 'LICENSE'), 'utf8')}`, ...texts, textIn(node, 'Node.js')].join(
    `\n${'='.repeat(80)}\n\n`,
  );
}

/** @param {string} folder of a package @param {string} name */
function textIn(folder, name) {
  const file = readdirSync(folder).find((candidate) => /^licen[cs]e/i.test(candidate));
  if (file !== undefined) return `${name}\n\n${readFileSync(join(folder, file), 'utf8')}`;
  const manifest = join(folder, 'package.json');
  const license = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).license : undefined;
  if (license === undefined) throw new Error(`${name} says no licence`);
  return `${name}\n\n${license}\n`;
}
