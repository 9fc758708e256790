/** The nodes that both implementations talk to: the embedded server, and memcached. */
import { createServer } from 'memfleet/server';
import { describe } from 'vitest';
import { describeReal, startMemcached } from '../../../memfleet/test/support/real-memcached.ts';

/** A running node. */
export interface RunningNode {
  /** `127.0.0.1:port`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts the embedded server on a free port. */
export async function startEmbedded(): Promise<RunningNode> {
  const server = createServer({ port: 0 });
  const address = await server.listen();
  return { address: `127.0.0.1:${'port' in address ? address.port : 0}`, stop: () => server.destroy() };
}

async function startReal(): Promise<RunningNode> {
  const memcached = await startMemcached(['-t', '1']);
  return { address: `127.0.0.1:${memcached.port}`, stop: () => memcached.stop() };
}

/** Runs `body` once for each kind of node. */
export function describeOnEveryNode(body: (start: () => Promise<RunningNode>) => void): void {
  describe('on the embedded server', () => body(startEmbedded));
  describeReal('on memcached', () => body(startReal));
}
