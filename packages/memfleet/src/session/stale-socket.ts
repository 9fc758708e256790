import { lstatSync, unlinkSync } from 'node:fs';
import { createConnection } from 'node:net';

/**
 * Removes the socket file of a process that was killed: one on which no process listens. Anything else stays.
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
