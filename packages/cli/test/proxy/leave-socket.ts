/** Makes socket files on which nobody listens. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A process listens on the path, and is killed. */
export async function leaveSocket(path: string): Promise<void> {
  const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', code]), 'exit');
}
