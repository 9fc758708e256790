/** An embedded server in a process of its own: `memfleet server`, forked. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Launch } from './node-process.ts';

const program = fileURLToPath(new URL('../main.js', import.meta.url));

/** Launches one; it ends with this process, however that ends. */
export function launchEmbedded(port: number): Launch {
  const child = fork(program, ['server', '--listen', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  // Its channel must not keep this process alive once everything is done.
  const listening = new Promise<void>((resolve) => {
    child.once('message', () => resolve());
  });
  return { process: child, listening };
}
