/**
 * `memfleet memcached`: the server with memcached's own command line, which is the program of the package
 * @memfleet/memcached-server.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';

export function memcachedCommand(): Command {
  return new Command('memcached')
    .description("run the memcached server with memcached's own command line: see `memfleet memcached -h`")
    .usage("[memcached's options]")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .argument('[words...]')
    .action(run);
}

async function run(words: readonly string[]): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve('@memfleet/memcached-server/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly bin: Readonly<Record<string, string>> };
  const program = join(dirname(manifest), bin['memcached'] ?? '');
  // The program starts itself again for `-d`.
  process.argv.splice(1, Infinity, program, ...words);
  await import(pathToFileURL(program).href);
}
