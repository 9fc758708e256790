/** The version of every node, and how long it takes to answer. */
import { wrapHandler } from 'memfleet/core';
import type { Fleet } from './fleet.ts';

/** What a node answered. */
export interface PingAnswer {
  readonly node: string;
  readonly version: string;
  /** Milliseconds from the request to the reply, on a connection that is there. */
  readonly ms: number;
}

/** Asks twice, as the first time has the connecting in it. The nodes that do not answer are in `fleet.failures`. */
export async function pingNodes(fleet: Fleet): Promise<readonly PingAnswer[]> {
  await fleet.client.version();
  fleet.failures.clear();
  const times = new Map<string, number>();
  const versions = await fleet.by(
    (command, handler, next) => {
      const startedAt = performance.now();
      const timed = wrapHandler(handler, {
        onReply: (reply) => {
          if (reply.part === 'item') times.set(reply.node, performance.now() - startedAt);
          handler.onReply(reply);
        },
        onError: (error) => handler.onError(error),
      });
      next.dispatch(command, timed);
    },
    (client) => client.version(),
  );
  return fleet.inOrder(versions).map(([node, version]) => ({ node, version, ms: times.get(node) ?? 0 }));
}
