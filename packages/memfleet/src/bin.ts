#!/usr/bin/env node
/**
 * `npx memfleet`: runs the command of @memfleet/cli where that package is installed beside this one; otherwise says how
 * to get it. The library has no dependencies, so the command is a package of its own.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const name = '@memfleet/cli';
const [, started = ''] = process.argv;

/** Where the package of the command is, seen from a file. */
function manifestSeenFrom(file: string): string | undefined {
  try {
    return createRequire(file).resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
}

// The path that was started first: a package manager that links packages (pnpm) shows their neighbours only there.
const manifest = manifestSeenFrom(started) ?? manifestSeenFrom(import.meta.url);
if (manifest === undefined) {
  process.stderr.write(
    `memfleet: the command is in the package ${name}, which is not installed; run it with: npx ${name}\n`,
  );
  process.exitCode = 2;
} else {
  const { bin }: { bin: { memfleet: string } } = JSON.parse(readFileSync(manifest, 'utf8'));
  const program = join(dirname(manifest), bin.memfleet);
  // As if it had been started itself: it starts processes by this path.
  process.argv[1] = program;
  await import(pathToFileURL(program).href);
}
