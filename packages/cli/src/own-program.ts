/**
 * How this program is installed: where its own files are, and how it starts processes of its own kind. The binary
 * (scripts/binary) has another file in place of this one, with the same exports.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What `child_process.fork` and `cluster.setupPrimary` take. */
export interface OwnProcess {
  /** Their script. */
  readonly exec: string;
  /** Their arguments. */
  readonly args: string[];
}

/** The compiler's `dist/main.js`, or the published `bundle/main.cjs`, which has the same place in the package. */
const main = import.meta.url.endsWith('.cjs') ? 'main.cjs' : 'main.js';

/** How this program starts itself with these words. */
export function ownProcess(words: readonly [command: string, ...rest: string[]]): OwnProcess {
  return { exec: fileURLToPath(new URL(main, import.meta.url)), args: [...words] };
}

/** A file of the package by its path in there, such as `package.json`. */
export function readOwnFile(path: string): Buffer {
  return readFileSync(new URL(`../${path}`, import.meta.url));
}

/** A file of a package that this one depends on, such as `uplot/dist/uPlot.min.css`. */
export function readPackageFile(specifier: string): Buffer {
  return readFileSync(createRequire(import.meta.url).resolve(specifier));
}

/** Runs the program of the package @memfleet/memcached-server in this process, as if it had been started itself. */
export async function becomeMemcached(words: readonly string[]): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve('@memfleet/memcached-server/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly bin: Readonly<Record<string, string>> };
  const program = join(dirname(manifest), bin['memcached'] ?? '');
  // The program starts itself again for `-d`.
  process.argv.splice(1, Infinity, program, ...words);
  await import(pathToFileURL(program).href);
}
