/** How much memory is held, garbage apart: the one place where tests look at the heap. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What one collection may find or lose beside the test: optimized code, feedback of inline caches. */
const noise = 16 * 1024;
const mostCollections = 10;

/**
 * Bytes that this thread holds: its heap, and what lies outside of it (array buffers, handles).
 *
 * One collection does not tell. V8 frees the memory of dead array buffers on another thread, and counts it as held
 * until then; a collection begins by waiting for that of the one before. So garbage is collected until a further
 * collection frees nothing.
 */
export function heldMemory(): number {
  collect();
  collect();
  let held = now();
  for (let i = 2; i < mostCollections; i++) {
    collect();
    const before = held;
    held = now();
    if (before - held < noise) break;
  }
  return held;
}

/** By how many bytes the memory held grows while `run` runs. */
export function memoryHeldBy(run: () => void): number {
  const before = heldMemory();
  run();
  return heldMemory() - before;
}

/** The memory of array buffers right now: what became garbage since the last collection counts. */
export function arrayBuffersNow(): number {
  return process.memoryUsage().arrayBuffers;
}

/** The heap right now, garbage included. */
export function heapNow(): number {
  return process.memoryUsage().heapUsed;
}

function now(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
