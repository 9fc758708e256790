/**
 * The configuration of VitePress. `MEMFLEET_SITE_BASE` is the path under which the site is served, such as `/docs/`.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { extendMarkdown, slugify } from '../src/markdown.mjs';
import { groups, repository, version } from '../src/pages.mjs';

const site = resolve(import.meta.dirname, '..');
const { MEMFLEET_SITE_BASE: base = '/' } = process.env;

const guides = [
  ...groups.map(({ heading, pages }) => ({
    text: heading,
    items: pages.map(({ name, title }) => ({ text: title, link: `/${name}` })),
  })),
  {
    text: 'Reference',
    items: [
      { text: 'Options', link: '/options' },
      { text: 'Entry points', link: '/reference/' },
    ],
  },
];

/** @typedef {{ text: string, link?: string | undefined, items?: Item[], collapsed?: boolean }} Item */

/** The entry points as TypeDoc lists them: `memfleet` itself first, and each other under its whole name. */
function reference() {
  const text = readFileSync(join(site, 'pages/reference/typedoc-sidebar.json'), 'utf8');
  /** @type {Item[]} */
  const all = JSON.parse(text);
  const others = all.filter(({ link }) => link === undefined).flatMap(({ items = [] }) => items);
  return [
    { text: 'Options', link: '/options' },
    {
      text: 'Entry points',
      link: '/reference/',
      items: [
        ...all.filter(({ link }) => link !== undefined).map(open),
        ...others.map((item) => ({ ...open(item), text: `memfleet/${item.text}` })),
      ],
    },
  ];
}

/**
 * Without what folds: the theme's heading that folds is a button inside of a button. Of the groups inside of an entry
 * point (its namespaces) only the pages are left.
 * @param {Item} item @returns {Item}
 */
function open({ text, link, items = [] }) {
  const pages = items.flatMap((item) => (item.link === undefined ? (item.items ?? []) : [item]));
  return { text, ...(link !== undefined && { link }), ...(pages.length > 0 && { items: pages.map(open) }) };
}

/** @type {import('vitepress').UserConfig} */
export default {
  title: 'memfleet',
  description: 'A pooled memcached and Couchbase client for a fleet of nodes, a cache, a proxy and an embedded server',
  lang: 'en',
  base,
  srcDir: 'pages',
  outDir: 'dist',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}icon.svg` }]],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify },
    config: extendMarkdown,
  },
  // The theme's home page has no landmark for its content.
  transformHtml: (html) => html.replace('<div class="VPContent is-home"', '<div role="main" class="VPContent is-home"'),
  themeConfig: {
    logo: { src: '/icon.svg', alt: '' },
    nav: [
      { text: 'Guide', link: '/getting-started' },
      { text: 'Proxy', link: '/proxy' },
      { text: 'Reference', link: '/reference/', activeMatch: '^/(?:reference|options)' },
      { text: version, link: '/changelog' },
    ],
    sidebar: { '/reference/': reference(), '/options': reference(), '/': guides },
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: repository, ariaLabel: 'The repository' }],
    externalLinkIcon: true,
  },
};
