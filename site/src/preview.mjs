/** `npm run site:preview [-- PORT]`: serves what was built. */
import { resolve } from 'node:path';
import { serve } from 'vitepress';

/** @param {readonly string[]} words */
export async function run([port = '4173']) {
  await serve({ root: resolve(import.meta.dirname, '..'), port: Number(port) });
}
