/**
 * `memfleet demo`: the demo is a package of its own, which depends on this one; the command runs it where both are
 * installed.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { fail } from '../failure.ts';
import { onStop } from '../signals.ts';

export function demoCommand(): Command {
  return new Command('demo')
    .description('run the live demo, if the package @memfleet/demo is installed')
    .usage('[options of @memfleet/demo]')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[words...]')
    .action(run);
}

async function run(words: readonly string[]): Promise<void> {
  const program = demoProgram();
  if (program === undefined)
    fail('the demo is a package of its own: run `npx @memfleet/demo`, or install @memfleet/demo beside @memfleet/cli');
  process.argv.splice(2, Infinity, ...words);
  // The demo has listeners of its own for all of these signals.
  onStop(() => {});
  await import(pathToFileURL(program).href);
}

/** The path of the demo's program, or undefined where the package is not installed. */
function demoProgram(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('@memfleet/demo/package.json');
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly bin: Readonly<Record<string, string>> };
    return join(dirname(manifest), bin['memfleet-demo'] ?? '');
  } catch {
    return undefined;
  }
}
