/**
 * The keys of every node, as they come:
 *
 *   lru_crawler metadump all ─▶ every node        key=a exp=… ─┐
 *                                                 key=b exp=… ─┴─▶ onItem, one call a key
 *
 * A dump may take long, so it has no deadline; but a fleet that is silent for `timeout` is given up.
 */
import { TimeoutError } from 'memfleet';
import { commandFor, replyError, wrapHandler } from 'memfleet/core';
import type { Fleet } from './fleet.ts';
import { unescapeKey } from './key-text.ts';

/** An item as a node tells of it. */
export interface DumpedItem {
  /** The bytes of the key. */
  readonly key: Uint8Array;
  readonly node: string;
  /** Seconds left; −1 = no expiry. */
  readonly ttl: number;
  /** Bytes of memory, with key and header. */
  readonly size: number;
  /** Seconds since the last access. */
  readonly idle: number;
}

/**
 * Where a node looks: `all` lists of its LRU, or its `hash` table, which newer versions can. An item that moves from
 * one LRU list to another meanwhile may be missed in the former.
 */
export type DumpPlace = 'all' | 'hash';

/** Calls `onItem` for every item. The nodes that fail are in `fleet.failures`. */
export async function dumpKeys(
  fleet: Fleet,
  timeout: number,
  unixSeconds: number,
  onItem: (item: DumpedItem) => void,
  place: DumpPlace = 'all',
): Promise<void> {
  const request = `lru_crawler metadump ${place}`;
  const giveUp = (): void => fleet.client.destroy(new TimeoutError(`no key has come for ${timeout} ms`, 'total'));
  const timer = setTimeout(giveUp, timeout);
  try {
    await fleet.by(
      (command, handler, next) => {
        const dump = commandFor(command, 'admin', { value: request });
        const observed = wrapHandler(handler, {
          onReply: (reply) => {
            timer.refresh();
            if (reply.status === 'error') {
              fleet.failures.set(reply.node, replyError(reply, request));
              // The node is done; to the call it is a node without a version.
              reply.reset('ok', 'end');
            } else if (reply.part === 'item') {
              const item = parseDumpLine(reply.text(), reply.node, unixSeconds);
              if (item !== undefined) onItem(item);
              return;
            }
            handler.onReply(reply);
          },
          onError: (error) => handler.onError(error),
        });
        next.dispatch(dump, { ...observed, onPartFailed: handler.onPartFailed?.bind(handler) as never });
      },
      (client) => client.version(),
    );
  } finally {
    clearTimeout(timer);
  }
}

/** `key=a%20b exp=1700000000 la=1699999000 cas=7 fetch=no cls=1 size=64`; undefined for any other line. */
export function parseDumpLine(line: string, node: string, unixSeconds: number): DumpedItem | undefined {
  const [, key, rest = ''] = /^key=(\S+) ([\x20-\x7e]*)\n?$/.exec(line) ?? [];
  if (key === undefined) return undefined;
  const field = (name: string): number => Number(new RegExp(`(?:^| )${name}=(-?\\d+)`).exec(rest)?.[1] ?? Number.NaN);
  const exptime = field('exp');
  return {
    key: unescapeKey(key),
    node,
    ttl: exptime < 0 ? -1 : Math.max(0, exptime - unixSeconds),
    size: field('size'),
    idle: Math.max(0, unixSeconds - field('la')),
  };
}
