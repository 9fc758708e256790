/**
 * One command on a connection of its own, which is closed after the reply: for a command that memcached refuses behind
 * others on the same connection, and that occupies the connection until its reply is complete (`lru_crawler metadump`).
 */
import type { Connection, ConnectionEvents } from '../connection/connection.ts';
import { Handshake, type HandshakeOptions } from '../connection/handshake.ts';
import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
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
        ready.dispatch(command, new Closing(ready, handler));
      },
      onFailed: (error) => handler.onError(error),
    },
    quiet,
  );
  return (error) => (connection === undefined ? dial.abort(error) : connection.destroy(error));
}

/** Closes the connection behind the last reply. */
class Closing implements Handler {
  readonly #connection: Connection;
  readonly #handler: Handler;

  constructor(connection: Connection, handler: Handler) {
    this.#connection = connection;
    this.#handler = handler;
  }

  onReply(reply: Reply): void {
    if (reply.part !== 'item') void this.#connection.close();
    this.#handler.onReply(reply);
  }

  onError(error: MemcacheError): void {
    void this.#connection.close();
    this.#handler.onError(error);
  }
}
