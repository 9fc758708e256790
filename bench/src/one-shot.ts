/** A process that measures once: it gets its assignment as an argument, sends its outcome, and ends. */
import { spawnPinned } from './pinning.ts';

/** More than a client needs that falls behind, less than what hurts the machine, in MB. */
const heap = '--max-old-space-size=2048';

/** The outcome, or how the process ended without one. `patience`: ms after which it has hung and is ended. */
export function runOneShot<Outcome>(worker: string, assignment: object, patience: number): Promise<Outcome | string> {
  const args = [heap, worker, JSON.stringify(assignment)];
  const child = spawnPinned('test', process.execPath, args, ['ignore', 'ignore', 'ignore', 'ipc']);
  return new Promise((resolve) => {
    let hasHung = false;
    const timer = setTimeout(() => {
      hasHung = true;
      child.kill('SIGKILL');
    }, patience);
    const settle = (result: Outcome | string): void => {
      clearTimeout(timer);
      resolve(result);
    };
    child.once('message', (outcome: Outcome) => settle(outcome));
    child.once('exit', (code, signal) => settle(hasHung ? 'hung' : `ended by itself (${signal ?? code})`));
  });
}
