/**
 * Gathers the pages of the site in one folder: those of the repository, the home page, the options, the reference.
 *
 *   docs/*.md, README.md, … ─ withCharts ─┐
 *   tables of options ─ optionsPage ──────┼─▶ site/pages ─ VitePress ─▶ site/dist
 *   packages/memfleet/dist/*.d.ts ─ TypeDoc ┘
 */
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withCharts } from './charts.mjs';
import { optionsPage } from './options-page.mjs';
import { pages, resolveLink, root } from './pages.mjs';
import { writeReference } from './reference.mjs';

const site = resolve(import.meta.dirname, '..');

/** @param {string} source */
const read = (source) => readFileSync(join(root, source), 'utf8');

/** A folder, or an image in it. @param {string} path */
const isImage = (path) => statSync(path).isDirectory() || /\.(?:png|svg)$/.test(path);

export async function assemble() {
  const folder = join(site, 'pages');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'public'), { recursive: true });
  for (const { source, name } of pages)
    writeFileSync(join(folder, `${name}.md`), withCharts(read(source), join(root, 'docs/figures')));
  cpSync(join(site, 'home.md'), join(folder, 'index.md'));
  cpSync(join(site, 'icon.svg'), join(folder, 'public/icon.svg'));
  cpSync(join(root, 'docs'), join(folder, 'public/docs'), { recursive: true, filter: isImage });
  writeFileSync(join(folder, 'options.md'), optionsPage(read, resolveLink));
  await writeReference({ pages: folder, config: join(site, 'declarations.json') });
}
