/**
 * The licences of what a bundle holds, as one text: one of each package whose files are in it; for the binary Node's as
 * well, which has those of its parts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/**
 * @param {readonly string[]} inputs the files of the bundle, seen from the root of the repository
 * @param {string} [node] the folder of Node's package, if that is inside
 */
export function licencesOf(inputs, node) {
  const folders = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []));
  const texts = [...folders]
    .sort()
    .map((folder) => textIn(join(root, folder), folder.replace(/^.*node_modules\//, '')));
  const own = `memfleet\n\n${readFileSync(join(root, 'LICENSE'), 'utf8')}`;
  const ofNode = node === undefined ? [] : [textIn(node, 'Node.js')];
  return [own, ...texts, ...ofNode].join(`\n${'='.repeat(80)}\n\n`);
}

/**
 * From its own file, a section of its README, or the name in its manifest. @param {string} folder @param {string} name
 */
function textIn(folder, name) {
  /** @param {RegExp} pattern */
  const read = (pattern) => {
    const file = readdirSync(folder).find((candidate) => pattern.test(candidate));
    return file === undefined ? undefined : readFileSync(join(folder, file), 'utf8');
  };
  const section = () => /^#+ *licen[cs]e[^]*$/im.exec(read(/^readme/i) ?? '')?.[0];
  const named = () => JSON.parse(read(/^package\.json$/) ?? '{}').license;
  const text = read(/^(?:licen[cs]e|copying)/i) ?? section() ?? named();
  if (text === undefined) throw new Error(`${name} says no licence`);
  return `${name}\n\n${text.trim()}\n`;
}
