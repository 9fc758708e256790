/** Is a bound on memory more than there is? */
import { totalmem } from 'node:os';
import { formatSize } from '../sizes.ts';

/** What the process needs beside its items. */
const besides = 80 * 1024 * 1024;

/** Memory that this process may take: of its container, if that has a limit, else of the machine. */
export function availableMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** A sentence for who starts a server with a bound that cannot be kept; undefined when it can. */
export function memoryWarning(memory: number, available: number): string | undefined {
  if (memory + besides <= available) return undefined;
  return `--memory ${formatSize(memory)} does not fit into the ${formatSize(available)} of memory that are there: the system may end the server before it evicts`;
}
