/**
 * V8's young generation is held while the program is loaded, and beside a small `-m`, as in `memfleet server`
 * (docs/performance.md): it would take more than the items, and keep what they no longer use.
 */
import { setFlagsFromString } from 'node:v8';

/** An `-m` up to this, in bytes, is small: memcached's default is. */
export const smallMemory: number = 64 * 1024 * 1024;

/** The modules of Node that the program loads. */
const modules = [
  'node:child_process',
  'node:cluster',
  'node:crypto',
  'node:dgram',
  'node:dns/promises',
  'node:net',
  'node:perf_hooks',
  'node:timers/promises',
  'node:tls',
] as const;

/**
 * Loads Node's modules. While a flag differs from V8's own, Node compiles them from their text and ignores the code
 * cache that comes with it.
 */
export function loadNodeModules(): void {
  for (const name of modules) process.getBuiltinModule(name);
}

/** Sets the factor by which it grows each time: 1 holds it, V8's own is 2. */
export function setYoungGrowth(factor: 1 | 2): void {
  try {
    setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  } catch {
    // A runtime without V8 flags.
  }
}
