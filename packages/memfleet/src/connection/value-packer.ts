/** Values in another form on the wire: a start-up installs it where the node has agreed. */
import type { Command } from '../core/command.ts';
import type { Reply } from '../core/reply.ts';

/** Packs the values of requests, and unpacks those of replies that have a datatype. */
export interface ValuePacker {
  /**
   * The command as it is sent: itself, or a derived one whose value is valid until it is encoded, which is at once.
   * Values longer than `copyLimit` of byte-writer.ts belong to the command.
   */
  pack(command: Command): Command;
  /** Gives the reply its plain value. A reply whose value cannot be read becomes an error. */
  unpack(reply: Reply): void;
}
