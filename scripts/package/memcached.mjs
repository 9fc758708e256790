/**
 * packages/memcached-server/dist/bundle: the program `memcached` with the library's server in two files, because test
 * suites wait 100 ms until it listens: a hundred files take longer than that.
 */
import { chmodSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { library } from './entries.mjs';

const folder = 'packages/memcached-server';

export async function writeMemcached() {
  rmSync(`${folder}/dist/bundle`, { recursive: true, force: true });
  const bundle = await rolldown({
    input: { memcached: `${folder}/src/memcached.ts` },
    platform: 'node',
    tsconfig: false,
    transform: { target: 'node20.19' },
    resolve: { alias: { 'memfleet/server': resolve(`${library}/src/server/index.ts`) } },
  });
  await bundle.write({
    dir: `${folder}/dist/bundle`,
    format: 'cjs',
    strict: true,
    comments: false,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    banner: (chunk) => (chunk.isEntry ? '#!/usr/bin/env node' : ''),
  });
  await bundle.close();
  chmodSync(`${folder}/dist/bundle/memcached.cjs`, 0o755);
}
