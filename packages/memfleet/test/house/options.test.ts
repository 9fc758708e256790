/**
 * Options are declared once, in tables, and calls are described once, in the doc comments of `Client`. The tables in
 * the docs are made from both (`npm run docs:options`). The default that a hover names is the default of the table.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { programOptions } from '../../../cli/src/proxy/program-options.ts';
import { entryOptions } from '../../src/cache/entry-options.ts';
import { cacheOptions } from '../../src/cache/options.ts';
import { originSettings } from '../../src/cache/origin-settings.ts';
import { Client } from '../../src/client/client.ts';
import { clientAbout } from '../../src/client/options-about.ts';
import { clientOptions } from '../../src/client/options.ts';
import type { AnyOptions } from '../../src/core/option-kinds.ts';
import { couchbaseOptions } from '../../src/couchbase/options.ts';
import { fleetAbout } from '../../src/fleet/options-about.ts';
import { fleetOptions } from '../../src/fleet/options.ts';
import { retryOptions } from '../../src/policy/retry-options.ts';
import { poolOptions } from '../../src/pool/options.ts';
import { listenerOptions, proxyFleetOptions, proxyOptions } from '../../src/proxy/options/options.ts';
import { routeTypes } from '../../src/proxy/routes/registry.ts';
import { serverOptions } from '../../src/server/options.ts';
import { listenOptions } from '../../src/session/listen-options.ts';
import { clusterOptions } from '../../src/testing/cluster/options.ts';
import { callsOf, markdownOf, routesOf, tablesIn, withTables } from './option-tables.ts';

const top = new URL('../../../../', import.meta.url);
const source = (path: string): string => readFileSync(new URL(`packages/memfleet/src/${path}`, top), 'utf8');

const tables = {
  'bucket-calls': callsOf(source('client/bucket/bucket.ts')),
  cache: markdownOf(cacheOptions),
  calls: callsOf(source('client/client.ts')),
  client: markdownOf(clientOptions, false, { ...fleetAbout, ...clientAbout }),
  proxy: markdownOf({ ...proxyOptions, ...programOptions }, true),
  listeners: markdownOf(listenerOptions, true),
  clusters: markdownOf(proxyFleetOptions, true, { ...fleetAbout }),
  routes: routesOf(Object.values(routeTypes)),
  'simulated-cluster': markdownOf(clusterOptions),
  server: markdownOf(serverOptions),
};

const pages = ['README.md', 'docs/caching.md', 'docs/couchbase.md', 'docs/proxy.md', 'docs/testing.md'];

test.each(pages)('the tables of options and calls in %s are those that the code gives', async (page) => {
  const path = fileURLToPath(new URL(page, top));
  const text = readFileSync(path, 'utf8');
  await expect(withTables(text, tables)).toMatchFileSnapshot(path);
});

test('every table has its place on a page', () => {
  const found = pages.flatMap((page) => tablesIn(readFileSync(new URL(page, top), 'utf8')));
  expect(found.sort()).toEqual(Object.keys(tables).sort());
});

test('every call of the client has a row', () => {
  const rows = [...tables.calls.matchAll(/^\| `(\w+)\(/gm)].map((match) => match[1]);
  const calls = Object.getOwnPropertyNames(Client.prototype).filter((name) =>
    new RegExp(String.raw`^ {2}${name}\b[^{]*\boptions\?`, 'm').test(source('client/client.ts')),
  );
  expect(new Set(rows)).toEqual(new Set(calls));
});

describe.each<[name: string, file: string, table: AnyOptions]>([
  ['FleetSettings', 'fleet/options.ts', fleetOptions],
  ['EntryOptions', 'cache/entry-options.ts', entryOptions],
  ['CacheOptions', 'cache/options.ts', cacheOptions],
  ['OriginSettings', 'cache/origin-settings.ts', originSettings],
  ['ClientOptions', 'client/options.ts', clientOptions],
  ['CouchbaseOptions', 'couchbase/options.ts', couchbaseOptions],
  ['PoolOptions', 'pool/options.ts', poolOptions],
  ['RetryOptions', 'policy/retry-options.ts', retryOptions],
  ['ListenOptions', 'session/listen-options.ts', listenOptions],
  ['ServerOptions', 'server/options.ts', serverOptions],
  ['ListenerSpec', 'proxy/options/options.ts', listenerOptions],
  ['ProxyOptions', 'proxy/options/options.ts', proxyOptions],
  ['ClusterOptions', 'testing/cluster/options.ts', clusterOptions],
])('the hovers of %s', (name, file, table) => {
  const body = new RegExp(String.raw`^export interface ${name}\b.*?^}`, 'ms').exec(source(file))?.[0] ?? '';
  const members = [...body.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?readonly (\w+)\??:/g)];

  test('are found', () => {
    expect(members.length).toBeGreaterThan(3);
  });

  test.each(members.map(([, comment = '', option = '']) => [option, comment] as const))(
    'say the default of %s that counts',
    (option, comment) => {
      const said = /@default ([^;]*?)(?:;.*)?\s*(?:\*\/|$)/s.exec(comment.replaceAll(/\s*\n\s*\* /g, ' '))?.[1];
      const row = table[option];
      const fixed = row?.default;
      if (fixed === undefined || row?.defaultText !== undefined || row?.kind.options !== undefined) return;
      const written = typeof fixed === 'object' ? said : JSON.stringify(fixed).replaceAll('"', "'");
      expect(said?.trim()).toBe(written);
    },
  );
});
