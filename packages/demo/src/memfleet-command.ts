/** Where the `memfleet` command of `@memfleet/cli` lies; its package names it under `bin`. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const manifest = createRequire(import.meta.url).resolve('@memfleet/cli/package.json');
const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly bin: { readonly memfleet: string } };

/** The path of the program. */
export const memfleetCommand: string = join(dirname(manifest), bin.memfleet);
