/**
 * The reference: TypeDoc reads the declarations that the build wrote, each entry point of the library under the name
 * that users import, and writes Markdown with a side bar (typedoc-sidebar.json).
 */
import { join } from 'node:path';
import { Application } from 'typedoc';
import { library, readEntries } from '../../scripts/package/entries.mjs';
import { root } from './pages.mjs';

/** @typedef {{ file: string, module: string, name: string }} EntryPoint its name for TypeDoc, and for users */

/** @returns {EntryPoint[]} */
const readEntryPoints = () =>
  readEntries(root).map(({ path, esm: { types } }) => ({
    file: join(root, library, types),
    module: types.replace(/^\.\/dist\//, '').replace(/(?:\/index)?\.d\.ts$/, ''),
    name: path,
  }));

/** What the plugins add to TypeDoc's options. */
const pluginOptions = {
  // A page for each export, with a side bar that names them all, would be 106 MB and take three times as long.
  outputFileStrategy: 'modules',
  entryFileName: 'index',
  hidePageHeader: true,
  hideBreadcrumbs: false,
  useCodeBlocks: true,
  // Two narrow columns fit a phone; three and more do not.
  parametersFormat: 'list',
  interfacePropertiesFormat: 'list',
  classPropertiesFormat: 'list',
  typeDeclarationFormat: 'list',
  propertyMembersFormat: 'list',
  enumMembersFormat: 'list',
  indexFormat: 'list',
  sanitizeComments: true,
  sidebar: { autoConfiguration: true, format: 'vitepress', pretty: false, collapsed: true },
};

/**
 * @param {object} places
 * @param {string} places.pages the folder of all pages of the site
 * @param {string} places.config tsconfig of the declarations
 */
export async function writeReference({ pages, config }) {
  const entries = readEntryPoints();
  /** @type {object} */
  const plugins = { ...pluginOptions, docsRoot: pages };
  const app = await Application.bootstrapWithPlugins({
    ...plugins,
    plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
    entryPoints: entries.map(({ file }) => file),
    tsconfig: config,
    name: 'Reference',
    out: join(pages, 'reference'),
    readme: 'none',
    disableGit: true,
    disableSources: true,
    githubPages: false,
    excludeExternals: true,
    excludePrivate: true,
    logLevel: 'Error',
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('TypeDoc cannot read the declarations');
  for (const module of project.children ?? [])
    module.name = entries.find((entry) => entry.module === module.name)?.name ?? module.name;
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error('TypeDoc reports errors');
}
