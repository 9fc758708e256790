/** No dead link: in the documents of the repository, and in the READMEs that the packages show on npm. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Readme {
  readonly addressOf: (manifest: object) => string;
  readonly withAbsoluteLinks: (text: string, address: string, isFolder: (path: string) => boolean) => string;
}

// Types of .mjs files are checked in scripts/ only.
const location = new URL('../../../../scripts/package/readme.mjs', import.meta.url).href;
const { addressOf, withAbsoluteLinks } = (await import(location)) as Readme;

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const address = addressOf(JSON.parse(read('packages/memfleet/package.json')));

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function isFolder(path: string): boolean {
  return statSync(join(root, path)).isDirectory();
}

function documentsIn(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => join(folder, name));
}

/** The text without what is code: a link is not one there. */
function prose(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '));
}

function linksOf(text: string): string[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)[^)]*\)|^\[[^\]]+\]: (\S+)/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/\]\([^)]*\)/g, '')
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let name = slug;
    for (let count = 1; anchors.has(name); count++) name = `${slug}-${count}`;
    anchors.add(name);
  }
  return anchors;
}

/** What is wrong with a link of a page, or undefined. An address of our own repository is looked up in this tree. */
function faultOf(link: string, page: string): string | undefined {
  const [whole = '', anchor] = link.split('#');
  let path = page;
  if (whole.startsWith(address)) {
    const match = /^(?:\/(blob|tree)\/main\/(.+?)(?:\?raw=true)?)?$/.exec(whole.slice(address.length));
    // Its issues, its advisories: pages that are no file.
    if (match === null) return undefined;
    path = match[2] ?? 'README.md';
    if (existsSync(join(root, path)) && match[1] !== undefined && isFolder(path) !== (match[1] === 'tree'))
      return 'a folder is a "tree", a file is a "blob"';
  } else if (/^[a-z]+:/.test(whole)) return undefined;
  else if (whole !== '') path = normalize(join(dirname(page), whole));
  if (!existsSync(join(root, path))) return 'there is no such file';
  if (anchor === undefined || anchor === '' || anchor === 'readme') return undefined;
  if (!path.endsWith('.md')) return /^L\d+$/.test(anchor) ? undefined : 'only pages have headings';
  return anchorsOf(read(path)).has(anchor) ? undefined : 'the page has no such heading';
}

function deadLinks(text: string, page: string): string[] {
  return linksOf(text).flatMap((link) => {
    const fault = faultOf(link, page);
    return fault === undefined ? [] : [`${link}: ${fault}`];
  });
}

const packages = ['cli', 'demo', 'dropin-memcached', 'dropin-memjs', 'memcached-server'].map(
  (name) => `packages/${name}/README.md`,
);
const documents = [...documentsIn('.'), ...documentsIn('docs'), ...documentsIn('examples'), ...packages];

describe('the links of the documents', () => {
  it.each(documents)('%s has no dead link', (page) => {
    expect(deadLinks(read(page), page)).toEqual([]);
  });

  it('are checked for what is wrong with them', () => {
    const text =
      '[a](docs/none.md) [b](README.md#none) [c](#install) [d](docs#x) `[e](none)`\n' +
      `[f](${address}/blob/main/none.md) [g](${address}/blob/main/docs) [h](${address}#none) [i](https://example.com/x)`;
    expect(deadLinks(text, 'README.md')).toEqual([
      'docs/none.md: there is no such file',
      'README.md#none: the page has no such heading',
      'docs#x: only pages have headings',
      `${address}/blob/main/none.md: there is no such file`,
      `${address}/blob/main/docs: a folder is a "tree", a file is a "blob"`,
      `${address}#none: the page has no such heading`,
    ]);
  });
});

describe('the pages of the packages on npm', () => {
  const ofLibrary = withAbsoluteLinks(read('README.md'), address, isFolder);
  const pages = [
    ['packages/memfleet/README.md', ofLibrary] as const,
    ...packages.map((page) => [page, read(page)] as const),
  ];

  it.each(pages)('%s links only to absolute addresses, and to none that is dead', (page, text) => {
    expect(linksOf(text).filter((link) => !/^(?:https:\/\/|#)/.test(link))).toEqual([]);
    expect(deadLinks(text, page.includes('/memfleet/') ? 'README.md' : page)).toEqual([]);
    expect(linksOf(text).some((link) => link.startsWith(address))).toBe(true);
  });

  it('make absolute what is relative, and leave what is not', () => {
    const text = '[a](docs/x.md#y) [b](docs/) [c](#z) [d](https://example.com/a.md#b) [e](mailto:x@example.com)';
    expect(withAbsoluteLinks(text, 'https://host/r', (path) => path === 'docs/')).toBe(
      '[a](https://host/r/blob/main/docs/x.md#y) [b](https://host/r/tree/main/docs) [c](#z) ' +
        '[d](https://example.com/a.md#b) [e](mailto:x@example.com)',
    );
  });
});
