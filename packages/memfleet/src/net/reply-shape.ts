/** Which replies a command can have, and the errors for those that it cannot: the owner of the connection destroys it. */
import type { Command } from '../command.ts';
import { ProtocolError } from '../errors.ts';
import type { Reply } from '../reply.ts';

/** Could this be an answer to that? A node in step never says anything else, so it is a slip: the next values would go to the wrong callers. */
export function fits(command: Command, reply: Reply): boolean {
  const { status } = reply;
  if (status === 'error' || command.meta !== undefined) return true;
  switch (command.verb) {
    case 'get':
      return status === 'miss' || (status === 'ok' && (reply.hasValue || !command.wantValue));
    case 'arith':
      return status !== 'ok' || reply.hasValue || !command.wantValue;
    case 'store':
    case 'delete':
    case 'touch':
    case 'flush':
      return !reply.hasValue;
    default:
      return true;
  }
}

export function unexpected(reply: Reply): ProtocolError {
  const what = reply.status === 'error' ? `error "${reply.message}"` : reply.status;
  return new ProtocolError(`a reply (${what}) that no command is waiting for`);
}

export function notAsked(reply: Reply): ProtocolError {
  return new ProtocolError(`a value for ${JSON.stringify(reply.key)}, which was not asked for`);
}
