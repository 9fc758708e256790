/** Calls to every node: a command without a key, and the replies of each node. */
import { type Command, describeCommand } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import { AbortedError, type MemcacheError } from '../core/errors.ts';
import { type Reply, replyError } from '../core/reply.ts';
import type { CommandTrace } from '../observe/command-trace.ts';
import { unwatchSignal, watchSignal, type Watcher } from './abort.ts';
import type { ClientCore } from './core.ts';

/** Sends a command without keys to every node: node → the result of `read` over its replies. */
export function askEveryNode<T>(
  { fleet }: Pick<ClientCore, 'fleet'>,
  command: Command,
  read: (reply: Reply, before: T | undefined) => T,
  signal: AbortSignal | undefined,
  trace: CommandTrace | undefined,
): Promise<Map<string, T>> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const results = new Map<string, T>();
    const settle = (error: MemcacheError | undefined): void => {
      if (isSettled) return;
      isSettled = true;
      if (signal !== undefined) unwatchSignal(signal, watcher);
      trace?.settle(error === undefined ? 'ok' : 'error', error?.node, error);
      if (error === undefined) resolve(results);
      else reject(error);
    };
    const watcher: Watcher = {
      onAbort: (cause) => {
        command.cancelled = true;
        settle(new AbortedError(`${describeCommand(command)} was aborted`, { cause, sent: true }));
      },
    };
    if (signal !== undefined) watchSignal(signal, watcher);
    let failure: MemcacheError | undefined;
    const handler: Handler = {
      onReply: (reply) => {
        if (reply.status === 'error') failure ??= replyError(reply, describeCommand(command));
        else if (reply.part === 'item') results.set(reply.node, read(reply, results.get(reply.node)));
        if (reply.part !== 'item') settle(failure);
      },
      onError: settle,
    };
    fleet.dispatcher.dispatch(command, handler);
  });
}
