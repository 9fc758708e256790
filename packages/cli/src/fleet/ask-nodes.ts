/**
 * A request to every node whose replies are heard as they come, so that one slow node holds up none of the others:
 *
 *   stats ─▶ every node     a: STAT pid 1 ─▶ onItem   b: STAT pid 7 ─▶ onItem   c: times out ─▶ onFailure
 */
import type { MemcacheError } from 'memfleet';
import { Reply, replyError } from 'memfleet/core';
import type { Fleet } from './fleet.ts';

/** Hears what the nodes reply. */
export interface NodeSink {
  /** A line of a node's reply; the reply is valid only during the call. */
  onItem(node: string, reply: Reply): void;
  /** A node refused, did not reply in time, or cannot be reached. */
  onFailure(node: string, error: MemcacheError): void;
}

/**
 * Asks for a group of statistics, or, without one, for the version. Fulfils when every node has replied or failed,
 * after `timeout` ms at the latest. Rejects where the nodes are not known.
 */
export async function askNodes(
  fleet: Fleet,
  group: string | undefined,
  timeout: number,
  sink: NodeSink,
): Promise<void> {
  await fleet.one<ReadonlyMap<string, unknown>>(
    (command, handler, next) =>
      next.dispatch(command, {
        onReply: (reply) => {
          if (reply.status === 'error') sink.onFailure(reply.node, replyError(reply, group ?? 'version'));
          else if (reply.part === 'item') sink.onItem(reply.node, reply);
          if (reply.part !== 'item') handler.onReply(new Reply().reset('ok', 'end'));
        },
        onError: (error) => {
          if (error.node === undefined) handler.onError(error);
          else {
            sink.onFailure(error.node, error);
            handler.onReply(new Reply().reset('ok', 'end'));
          }
        },
        onPartFailed: (error) => sink.onFailure(error.node ?? '', error),
      }),
    (client) => (group === undefined ? client.version({ timeout }) : client.serverStats(group, { timeout })),
  );
}

/**
 * One group of statistics of every node, by node; what a node sent before it failed is kept. Fulfils and rejects as
 * `askNodes`.
 */
export async function askStats(
  fleet: Fleet,
  group: string,
  timeout: number,
  onFailure: NodeSink['onFailure'],
): Promise<Map<string, Map<string, string>>> {
  const stats = new Map<string, Map<string, string>>();
  await askNodes(fleet, group, timeout, {
    onItem: (node, reply) => {
      const values = stats.get(node) ?? new Map<string, string>();
      stats.set(node, values.set(reply.key, reply.utf8()));
    },
    onFailure,
  });
  return stats;
}

/** The message of a failure without the name of the node, for lines that begin with it. */
export function problemOf(node: string, { message }: MemcacheError): string {
  const name = `→ ${node}: `;
  const at = message.indexOf(name);
  return at < 0 ? message : message.slice(at + name.length);
}
