/** SECURITY.md lists the attacks that are tried: every file of the security folders, and no other. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../../../', import.meta.url);

const byText = (one = '', other = ''): number => (one < other ? -1 : 1);

test('SECURITY.md names every test of an attack, and none that is not there', () => {
  const listed = [
    ...readFileSync(new URL('SECURITY.md', root), 'utf8').matchAll(/\]\((packages\/\w+\/test\/security\/[^)]+)\)/g),
  ];
  const there = ['memfleet', 'cli', 'demo'].flatMap((name) => {
    const folder = `packages/${name}/test/security`;
    return readdirSync(new URL(folder, root))
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => `${folder}/${file}`);
  });
  expect(listed.map(([, path]) => path).toSorted(byText)).toEqual(there.toSorted(byText));
});
