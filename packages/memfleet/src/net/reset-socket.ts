import type { Socket } from 'node:net';

/**
 * Ends a connection with an RST. A socket whose end is still being sent is destroyed instead: Node (20 to 24) would
 * fail to reset it (`reset EINVAL`), leave its handle open for good, and spin when the process exits.
 */
export function resetSocket(socket: Socket): void {
  const { writableEnded, writableFinished, writableLength } = socket;
  // What is still buffered goes first, and the end after it.
  if (writableEnded && !writableFinished && writableLength === 0) socket.destroy();
  else socket.resetAndDestroy();
}
