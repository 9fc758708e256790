/**
 * Requests that a command decoder can read but not accept, as `invalid` commands. The wording is memcached's: clients
 * compare it.
 */
import { Command, type CommandFault, type Dialect } from '../../core/command.ts';
import { status } from '../../core/status.ts';

function client(message: string, close = false): CommandFault {
  return { kind: 'client', message, status: status.invalidArguments, close };
}

/** `ERROR`: no such verb, or (as in memcached 1.6.18) a verb with too few or too many words. */
export const unknownCommand: CommandFault = {
  kind: 'unknownCommand',
  message: 'unknown command',
  status: status.unknownCommand,
  close: false,
};
/** An invalid number, or a key that is too long. */
export const badFormat: CommandFault = client('bad command line format');
/** The data block is not followed by CR LF. */
export const badChunk: CommandFault = client('bad data chunk');
/** The data block is larger than the limit; the old item of the key must be deleted as well. */
export const objectTooLarge: CommandFault = {
  kind: 'server',
  message: 'object too large for cache',
  status: status.tooLarge,
  close: false,
  forget: true,
};
/** The same for verbs that leave the old value: add, replace, append, prepend and cas of the classic protocol. */
export const newObjectTooLarge: CommandFault = { ...objectTooLarge, forget: false };
/** There is no memory for the data block; the old item of the key must be deleted as well. */
export const noMemory: CommandFault = {
  kind: 'server',
  message: 'out of memory storing object',
  status: status.outOfMemory,
  close: false,
  forget: true,
};
/** The same for verbs that leave the old value. */
export const noNewMemory: CommandFault = { ...noMemory, forget: false };
/** The line does not end. memcached closes without a reply; memfleet tells the client the reason. */
export const lineTooLong: CommandFault = client('line too long', true);

const others = new Map<string, CommandFault>();

/** The fault with this `CLIENT_ERROR` text; texts are constants of the parsers, so there are few. */
export function clientFault(message: string): CommandFault {
  let fault = others.get(message);
  if (fault === undefined) {
    fault = client(message);
    others.set(message, fault);
  }
  return fault;
}

/**
 * The `invalid` command of a refused request. `quiet`: it has no reply (noreply of the classic protocol).
 */
export function invalid(fault: CommandFault, dialect: Dialect, quiet = false, key = ''): Command {
  const command = new Command('invalid', key);
  command.dialect = dialect;
  command.quiet = quiet;
  command.fault = fault;
  return command;
}
