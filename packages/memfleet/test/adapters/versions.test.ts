/** The table of docs/adapters.md: which versions of each package fit, and which the tests of this folder ran with. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const top = new URL('../../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, top), 'utf8');
const manifest = (path: string): Manifest => JSON.parse(read(`${path}package.json`));
const library = manifest('packages/memfleet/');

/** By adapter: the package that it is made for, other names under which that is installed, and what stands on it. */
const adapters: Readonly<Record<string, { peer: string; also?: readonly string[]; through?: readonly string[] }>> = {
  apollo: { peer: '@apollo/utils.keyvaluecache' },
  bentocache: { peer: 'bentocache' },
  catbox: { peer: '@hapi/catbox' },
  envelop: { peer: '@envelop/response-cache', through: ['@graphql-yoga/plugin-response-cache', 'graphql-yoga'] },
  'express-rate-limit': { peer: 'express-rate-limit', through: ['express'] },
  'express-session': { peer: 'express-session', through: ['express'] },
  'fastify-caching': { peer: '@fastify/caching', through: ['fastify'] },
  'fastify-rate-limit': { peer: '@fastify/rate-limit', through: ['fastify'] },
  'fastify-session': { peer: '@fastify/session', through: ['fastify'] },
  keyv: { peer: 'keyv', also: ['keyv6'], through: ['cache-manager', 'cacheable', '@nestjs/cache-manager'] },
  'next-cache-handler': { peer: 'next', through: ['react'] },
  'next-cache-handlers': { peer: 'next', through: ['react'] },
  'rate-limiter-flexible': { peer: 'rate-limiter-flexible' },
  typeorm: { peer: 'typeorm' },
  undici: { peer: 'undici' },
  unstorage: { peer: 'unstorage' },
};

/** Packages that only the applications of `npm run test:apps` install. */
const ofApplications = manifest('examples/next/').dependencies;

const installed = (name: string): string => ofApplications[name] ?? manifest(`node_modules/${name}/`).version;

function rows(): string[] {
  return Object.entries(adapters).map(([name, { peer, also = [], through = [] }]) => {
    const versions = [peer, ...also].map(installed).join(', ');
    const others = through.map((other) => `${other} ${installed(other)}`).join(', ');
    return `| \`memfleet/adapters/${name}\` | \`${peer}\` ${library.peerDependencies[peer]} | ${versions}${others === '' ? '' : `; ${others}`} |`;
  });
}

test('the table names each adapter with its range, and the versions that the tests ran with', async () => {
  const path = fileURLToPath(new URL('docs/adapters.md', top));
  const table = ['| entry point | package | tested with |', '|---|---|---|', ...rows()].join('\n');
  const page = read('docs/adapters.md').replace(
    /(<!-- versions -->\n)[\s\S]*?(<!-- \/versions -->)/,
    (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`,
  );
  await expect(page).toMatchFileSnapshot(path);
});

test('every adapter is an entry point, and every package an optional peer', () => {
  const entries = Object.keys(library.exports).filter((path) => path.startsWith('./adapters/'));
  expect(entries.map((path) => path.slice('./adapters/'.length)).sort()).toEqual(Object.keys(adapters).sort());
  const peers = [...new Set(Object.values(adapters).map(({ peer }) => peer))].sort();
  for (const peer of peers) expect(library.peerDependenciesMeta[peer]).toEqual({ optional: true });
});
