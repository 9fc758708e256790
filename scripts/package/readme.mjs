/**
 * packages/memfleet/README.md, the page of the library on npm: the README of the repository, its links made absolute.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { library } from './entries.mjs';

const link = /(\]\()((?:[^)\s#:]+)?(?:#[^)\s]*)?)(\))/g;

/** The address of the repository without its scheme for git. @param {{ repository: { url: string } }} manifest */
export const addressOf = ({ repository }) => repository.url.replace(/^git\+/, '').replace(/\.git$/, '');

/**
 * Every relative link as an address of the main branch; a link to a heading of the same page stays.
 * @param {string} text @param {string} address @param {(path: string) => boolean} isFolder
 */
export function withAbsoluteLinks(text, address, isFolder) {
  return text.replaceAll(link, (whole, open, target, close) => {
    if (target === '' || target.startsWith('#')) return whole;
    const [path = '', anchor] = target.split('#');
    const kind = isFolder(path) ? 'tree' : 'blob';
    const place = posix.normalize(path).replace(/\/$/, '');
    return `${open}${address}/${kind}/main/${place}${anchor === undefined ? '' : `#${anchor}`}${close}`;
  });
}

/** @param {string} path */
const isFolder = (path) => statSync(path).isDirectory();

export function writeReadme() {
  const manifest = JSON.parse(readFileSync(`${library}/package.json`, 'utf8'));
  writeFileSync(
    `${library}/README.md`,
    withAbsoluteLinks(readFileSync('README.md', 'utf8'), addressOf(manifest), isFolder),
  );
}
