/** The time that a key has left, by the meta protocol's flag `t`. */
import { wrapHandler } from 'memfleet/core';
import { fail } from '../failure.ts';
import type { Fleet } from './fleet.ts';

/** Seconds, −1 = no expiry; undefined = the key does not exist. Throws UsageError where the node cannot tell. */
export async function readTtl(fleet: Fleet, key: string): Promise<number | undefined> {
  let exists = false;
  let ttl: number | undefined;
  await fleet.by(
    (command, handler, next) => {
      command.meta = { tokens: ['t'] };
      command.wantValue = false;
      const observed = wrapHandler(handler, {
        onReply: (reply) => {
          exists = reply.status === 'ok';
          ({ ttl } = reply);
          handler.onReply(reply);
        },
        onError: (error) => handler.onError(error),
      });
      next.dispatch(command, observed);
    },
    (client) => client.get(key),
  );
  if (exists && ttl === undefined) fail(`ttl "${key}": the node does not speak the meta protocol, which tells the ttl`);
  return exists ? ttl : undefined;
}
