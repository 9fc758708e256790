/** `npm run site`: gathers the pages and builds the site into site/dist. A dead link is an error. */
import { resolve } from 'node:path';
import { build } from 'vitepress';
import { assemble } from './assemble.mjs';

export async function run() {
  await assemble();
  await build(resolve(import.meta.dirname, '..'));
}
