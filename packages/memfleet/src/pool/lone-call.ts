/**
 * One command on a connection of its own, which is closed after the reply: for a command that memcached refuses behind
 * others on the same connection, and that occupies the connection until its reply is complete (`lru_crawler metadump`).
 */
import type { Connection, ConnectionEvents } from '../connection/connection.ts';
import { Handshake, type HandshakeOptions } from '../connection/handshake.ts';
import type { Command } from '../core/command.ts';
import { type Handler, wrapHandler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Protocol } from '../protocol/codec.ts';

const quiet: ConnectionEvents = { onProgress() {}, onTimeouts() {}, onClose() {} };

/**
 * Dials, sends the command, closes. `protocol`: the node's last known protocol. Returns a function that ends the call
 * at once.
 */
export function callAlone(
  options: HandshakeOptions,
  protocol: Protocol | undefined,
  command: Command,
  handler: Handler,
): (error: MemcacheError) => void {
  let connection: Connection | undefined;
  const dial = new Handshake(
    options,
    protocol,
    {
      onReady: (ready) => {
        connection = ready;
        ready.dispatch(command, closing(ready, handler));
      },
      onFailed: (error) => handler.onError(error),
    },
    quiet,
  );
  return (error) => (connection === undefined ? dial.abort(error) : connection.destroy(error));
}

/** Closes the connection behind the last reply. */
function closing(connection: Connection, handler: Handler): Handler {
  return wrapHandler(handler, {
    onReply: (reply) => {
      if (reply.part !== 'item') void connection.close();
      handler.onReply(reply);
    },
    onError: (error) => {
      void connection.close();
      handler.onError(error);
    },
  });
}
