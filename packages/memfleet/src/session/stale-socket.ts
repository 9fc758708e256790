import { lstatSync, unlinkSync } from 'node:fs';
import { createConnection } from 'node:net';

/**
 * Removes the socket file that a process left behind which was killed: one on which nobody listens. Anything else
 * stays.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  try {
    if (!lstatSync(path).isSocket()) return;
  } catch {
    return;
  }
  const isListening = await new Promise<boolean>((resolve) => {
    const socket = createConnection({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
  });
  if (!isListening) unlinkSync(path);
}
