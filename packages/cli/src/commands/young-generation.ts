/**
 * V8's young generation grows while many of its objects survive: up to 32 MB on Node 20, 64 MB on Node 24, and shrinks
 * late. Beside a small `--memory` that is more than the items take. Loading the program alone makes it grow, so it is
 * held before the modules of the server are loaded (docs/performance.md).
 *
 *   words ─ a small `--memory` ─▶ hold ─▶ the server's modules ─▶ options ─ it is small ─▶ it stays held
 *         └ none, or more ─────────────▶ the server's modules            └ it is not ───▶ release
 */
import { setFlagsFromString } from 'node:v8';
import { parseSize } from '../sizes.ts';

/** A `--memory` below this, in bytes, is small. */
export const smallMemory: number = 64 * 1024 * 1024;

/** The modules of Node that the server loads. */
const modules = ['node:crypto', 'node:net', 'node:os', 'node:perf_hooks'] as const;

/** Words of a command line, before the options are known: one may give a small `--memory`. */
export function nameSmallMemory(words: readonly string[]): boolean {
  return words.some((word, at) => {
    const [name, size = words[at + 1] ?? ''] = word.split('=', 2);
    return name === '--memory' && (parseSize(size) ?? 0) < smallMemory;
  });
}

/**
 * Stops the growth of the young generation: it grows by the factor 1. V8 reads its size limits only when a process
 * starts, but this factor at each growth.
 *
 * While a flag differs from V8's own, Node compiles its modules from their text and ignores the code cache that comes
 * with it. So the modules are loaded first, and other servers never set the flag.
 */
export function holdYoungGeneration(): void {
  for (const name of modules) process.getBuiltinModule(name);
  setGrowth(1);
}

/** Lets it grow by V8's own factor again. */
export function releaseYoungGeneration(): void {
  setGrowth(2);
}

function setGrowth(factor: number): void {
  try {
    setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  } catch {
    // A runtime without V8 flags.
  }
}
