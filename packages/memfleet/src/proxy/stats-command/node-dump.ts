/**
 * `lru_crawler metadump` through the proxy: every node on a connection of its own, as memcached requires, and the lines
 * of all of them as they arrive.
 *
 *   node 1 ─ key=…  key=… END ─┐
 *   node 2 ─ key=…  END ────────┼─▶ key=… key=… key=… END
 *   node 3 ─ cannot be reached ┘
 *
 * One dump at a time, as in memcached: another one receives `BUSY`. A node that fails, or that supports only the binary
 * protocol, which has no dumps, adds no lines.
 */
import { type Clock, deadlineIn } from '../../base/clock.ts';
import { Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { AbortedError, type MemcacheError } from '../../core/errors.ts';
import { Reply } from '../../core/reply.ts';
import { isAdminRefusal } from '../../protocol/text/reply-lines.ts';
import { sendAdminReply } from '../../store/admin-reply.ts';
import type { FleetSet } from '../fleet-set.ts';

/**
 * The time limit of a dump of all nodes, in ms: a slow reader must not keep other clients from their dumps.
 */
const longest = 60_000;

const dumpLine = /^key=\S+ [\x20-\x7e]*\n$/;

/** Merges `lru_crawler metadump` of all nodes. */
export class NodeDump {
  readonly #fleets: FleetSet;
  readonly #clock: Clock;
  readonly #reply = new Reply();
  #isRunning = false;

  constructor(fleets: FleetSet, clock: Clock) {
    this.#fleets = fleets;
    this.#clock = clock;
  }

  /** Executes `request` for these slab classes (or `all`). */
  begin(clusters: readonly string[], classes: string, request: Command, handler: Handler): void {
    if (this.#isRunning) {
      sendAdminReply(this.#reply, handler, { line: 'BUSY currently processing crawler request' });
      return;
    }
    const nodes = this.#fleets.nodesOf(clusters).filter(({ isOut }) => !isOut);
    this.#isRunning = true;
    let left = nodes.length;
    let refusal: string | undefined;
    let count = 0;
    const stops: ((error: MemcacheError) => void)[] = [];
    const finish = (): void => {
      if (--left > 0) return;
      this.#isRunning = false;
      sendAdminReply(this.#reply, handler, refusal === undefined || count > 0 ? { lines: [] } : { line: refusal });
    };
    if (left === 0) {
      left = 1;
      finish();
      return;
    }
    for (const { node, cluster } of nodes) {
      const command = new Command('admin');
      command.value = `lru_crawler metadump ${classes}`;
      command.deadline = deadlineIn(this.#clock, longest);
      const stop = cluster.dispatchAlone(node, command, {
        onReply: (reply) => {
          if (reply.part === 'item') {
            if (request.cancelled) for (const end of stops) end(new AbortedError('the client of the dump is gone'));
            else if (dumpLine.test(reply.text())) {
              count++;
              reply.key = '';
              handler.onReply(reply);
            }
            return;
          }
          if (reply.status === 'error') refusal ??= refusalOf(reply);
          finish();
        },
        onError: finish,
      });
      if (stop === undefined) finish();
      else stops.push(stop);
    }
  }
}

function refusalOf({ errorKind, message }: Reply): string | undefined {
  if (errorKind === 'client') return `CLIENT_ERROR ${message}`;
  return isAdminRefusal(message) ? message : undefined;
}
