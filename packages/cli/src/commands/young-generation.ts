/**
 * V8's young generation grows while many of its objects survive: up to 32 MB on Node 20, 64 MB on Node 24, and shrinks
 * late. Beside a small `--memory` that is more than the items take. When the program is loaded it has 4 to 8 MB, which
 * is enough to serve requests (docs/performance.md).
 */
import { setFlagsFromString } from 'node:v8';

/** A `--memory` below this, in bytes, is small. */
export const smallMemory: number = 64 * 1024 * 1024;

/**
 * Stops the growth of the young generation: it grows by the factor 1. V8 reads its size limits only when a process
 * starts, but this factor at each growth.
 */
export function holdYoungGeneration(): void {
  try {
    setFlagsFromString('--semi-space-growth-factor=1');
  } catch {
    // A runtime without V8 flags.
  }
}
