/** docs/sharing.md lists the flags that the transcoders of other clients know. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { transcoders } from '../../src/client/index.ts';
import { dalliFlags } from '../../src/client/transcoders/dalli.ts';
import { memcacheClientFlags } from '../../src/client/transcoders/memcache-client.ts';
import { memjsFlags } from '../../src/client/transcoders/memjs.ts';
import { phpFlags } from '../../src/client/transcoders/php.ts';
import { pythonFlags } from '../../src/client/transcoders/python.ts';
import { spymemcachedFlags } from '../../src/client/transcoders/spymemcached.ts';

const page = readFileSync(new URL('../../../../docs/sharing.md', import.meta.url), 'utf8');
const sections = new Map(page.split(/^## /m).map((section) => [section.split('\n', 1)[0], section]));

test.each([
  ['Python', pythonFlags],
  ['PHP', phpFlags],
  ['Dalli', dalliFlags],
  ['Java', spymemcachedFlags],
  ['memcache-client', memcacheClientFlags],
  ['memjs', memjsFlags],
])('the section on %s has a row for each type and each compression, and no other', (title, { types, compressions }) => {
  const rows = [...(sections.get(title) ?? '').matchAll(/^\| ((?:\+ )?\d+) \| ([^|]+) \|/gm)];
  const known = [
    ...types.map(({ flags, name }) => `${flags} ${name}`),
    ...compressions.map(({ flags, name }) => `+ ${flags} ${name}`),
  ];
  expect(rows.map(([, flags, name]) => `${flags} ${name}`).toSorted()).toEqual(known.toSorted());
});

test('the page names every transcoder of another client', () => {
  for (const [name, transcoder] of Object.entries(transcoders))
    if ('with' in transcoder) expect(page).toContain(`\`transcoders.${name}\``);
});
