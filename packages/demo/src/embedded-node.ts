/** An embedded server in a process of its own: `memfleet server`, forked. */
import { fork } from 'node:child_process';
import { memfleetCommand } from './memfleet-command.ts';
import type { Launch } from './node-process.ts';

/** Launches one; it ends with this process, however that ends. */
export function launchEmbedded(port: number): Launch {
  const child = fork(memfleetCommand, ['server', '--listen', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  // Its channel must not keep this process alive once everything is done.
  const listening = new Promise<void>((resolve) => {
    child.once('message', () => resolve());
  });
  return { process: child, listening };
}
