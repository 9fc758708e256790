/**
 * The pages of the site that stand in the repository: which file is which page. All other links of theirs lead to the
 * repository.
 */
import { readFileSync, statSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { addressOf } from '../../scripts/package/readme.mjs';

/**
 * @typedef {object} Page
 * @property {string} source the file, seen from the root of the repository
 * @property {string} name the page's address without its extension
 * @property {string} title what the side bar says
 */

/** @type {ReadonlyArray<{ heading: string, pages: readonly Page[] }>} */
export const groups = [
  {
    heading: 'Start',
    pages: [
      page('README.md', 'overview', 'Overview'),
      page('docs/getting-started.md', 'getting-started', 'Getting started'),
      page('docs/runtimes.md', 'runtimes', 'Runtimes and bundlers'),
      page('docs/from-memjs.md', 'from-memjs', 'From memjs'),
      page('docs/from-memcached.md', 'from-memcached', 'From memcached'),
      page('docs/from-ioredis.md', 'from-ioredis', 'From ioredis'),
    ],
  },
  {
    heading: 'Library',
    pages: [
      page('docs/caching.md', 'caching', 'The cache'),
      page('docs/couchbase.md', 'couchbase', 'Couchbase buckets'),
      page('docs/sharing.md', 'sharing', 'Values shared with others'),
      page('docs/adapters.md', 'adapters', 'Adapters'),
      page('docs/frameworks.md', 'frameworks', 'Frameworks'),
      page('docs/testing.md', 'testing', 'Testing'),
      page('docs/reliability.md', 'reliability', 'Reliability'),
      page('packages/dropin-memcached/README.md', 'dropin-memcached', 'Replacing memcached'),
      page('packages/dropin-memjs/README.md', 'dropin-memjs', 'Replacing memjs'),
    ],
  },
  {
    heading: 'Programs',
    pages: [
      page('packages/cli/README.md', 'command', 'The command'),
      page('docs/proxy.md', 'proxy', 'The proxy'),
      page('packages/memcached-server/README.md', 'memcached-server', 'A server named memcached'),
      page('packages/demo/README.md', 'demo', 'The demo'),
      page('examples/proxy/README.md', 'deployment', 'Deployment'),
    ],
  },
  {
    heading: 'Operations',
    pages: [
      page('docs/operations.md', 'operations', 'Operations'),
      page('docs/observability.md', 'observability', 'Observability'),
      page('docs/performance.md', 'performance', 'Performance'),
    ],
  },
  {
    heading: 'Inside',
    pages: [
      page('ARCHITECTURE.md', 'architecture', 'Architecture'),
      page('docs/protocols.md', 'protocols', 'Protocols'),
      page('docs/performance-log.md', 'performance-log', 'Performance log'),
      page('docs/snapshot-format.md', 'snapshot-format', 'Snapshots'),
      page('SECURITY.md', 'security', 'Security'),
      page('CONTRIBUTING.md', 'contributing', 'Contributing'),
      page('CHANGELOG.md', 'changelog', 'Changelog'),
    ],
  },
];

/** @type {readonly Page[]} */
export const pages = groups.flatMap((group) => group.pages);

/** @param {string} source @param {string} name @param {string} title @returns {Page} */
function page(source, name, title) {
  return { source, name, title };
}

/** The root of the repository. */
export const root = resolve(import.meta.dirname, '../..');

const manifest = JSON.parse(readFileSync(join(root, 'packages/memfleet/package.json'), 'utf8'));

/** The repository on the web. */
export const repository = addressOf(manifest);

/** The library's version. @type {string} */
export const version = manifest.version;

/**
 * What an image of a page is on the site: all images of docs are there, under their paths.
 * @param {string} link as the file has it
 * @param {string} source the file
 */
export function resolveImage(link, source) {
  const path = link.replace(`${repository}/blob/main/`, '').replace(/\?raw=true$/, '');
  if (/^[a-z]+:/.test(path)) return link;
  return `/${path === link ? posix.join(posix.dirname(source), link) : path}`;
}

/**
 * Where a link of a page leads on the site: to the page that was made of the file, else into the repository.
 * @param {string} link as the file has it
 * @param {string} source the file
 */
export function resolveLink(link, source) {
  const [, kind, inRepository] = new RegExp(`^${repository}/(blob|tree)/main/(.*)$`).exec(link) ?? [];
  if (link.startsWith('#') || (/^[a-z]+:/.test(link) && kind === undefined)) return link;
  const [path = '', anchor] = (inRepository ?? posix.join(posix.dirname(source), link)).split('#');
  const suffix = anchor === undefined ? '' : `#${anchor}`;
  const found = pages.find((one) => one.source === path);
  if (found !== undefined) return `/${found.name}.md${suffix}`;
  const place = path.replace(/\/$/, '');
  const kindOfPlace = statSync(join(root, place)).isDirectory() ? 'tree' : 'blob';
  return `${repository}/${kindOfPlace}/main/${place}${suffix}`;
}
