/** The built packages, as `require` and `import` load them from `dist/`. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { dropins } from './support/project.ts';

const load = createRequire(import.meta.url);

/** Runs a module in a process of its own, with `required` and `imported`. Returns what it prints. */
function run(name: string, source: string): string {
  const folder = dropins[name] ?? '';
  const program = `
    import { createRequire } from 'node:module';
    import * as imported from ${JSON.stringify(pathToFileURL(`${folder}/dist/index.js`).href)};
    const required = createRequire(import.meta.url)(${JSON.stringify(folder)});
    console.log(String(${source}));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  return stdout + stderr;
}

test('memcached is its class, the same for require and import, with one config', () => {
  expect(run('memcached', 'imported.default === required && required.config.poolSize')).toBe('10\n');
});

test('memjs exports the names of the original, the same for require and import', () => {
  const same = 'Object.keys(required).sort().filter((name) => imported[name] === required[name])';
  expect(run('memjs', `imported.default === required && ${same}`)).toBe('Client,Header,Server,Utils\n');
});

test.each([
  [
    'memcached',
    (module: unknown) => (module as { readonly prototype: object }).prototype,
    'touch get gets getMulti set replace add cas append prepend incr decr del version flush stats settings slabs items cachedump end on emit',
  ],
  [
    'memjs',
    (module: unknown) => (module as { readonly Client: { readonly prototype: object } }).Client.prototype,
    'get set add replace delete increment decrement append prepend touch flush statsWithKey stats resetStats quit close getServer server',
  ],
] as const)('%s has every method that the documentation of the original names', (name, prototypeOf, methods) => {
  const prototype = prototypeOf(load(dropins[name] ?? ''));
  expect(methods.split(' ').filter((method) => !(method in prototype))).toEqual([]);
});
