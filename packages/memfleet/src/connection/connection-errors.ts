/**
 * The errors that callers receive from a connection: they name the command and the node, and whether bytes may have
 * been sent.
 */
import { type Command, describeCommand } from '../core/command.ts';
import {
  ClosedError,
  ConnectionClosedError,
  MemcacheError,
  ProtocolError,
  TimeoutError,
  UnsupportedError,
} from '../core/errors.ts';
import { binaryPart } from './binary-part.ts';

/** The command's deadline passed. */
export function timedOut(command: Command, sent: boolean, node: string): TimeoutError {
  const message = `${describeCommand(command)} → ${node}: no reply before the deadline`;
  return new TimeoutError(message, 'total', { node, sent });
}

/** A message without the address of the node, for a message that has it already. */
export function withoutAddress(message: string, node: string): string {
  const rest = message.replaceAll(` to ${node}`, '').replaceAll(` ${node}`, '');
  return rest.startsWith(node) ? rest.slice(node.length).replace(/^:? /, '') : rest;
}

/** The connection ended under the command. */
export function lost(command: Command, sent: boolean, node: string, cause: MemcacheError): MemcacheError {
  const message = `${describeCommand(command)} → ${node}: ${withoutAddress(cause.message, node)}`;
  if (cause instanceof ProtocolError) return new ProtocolError(message, { node, sent, cause });
  if (cause instanceof ClosedError) return new ClosedError(message, { node, sent, cause });
  return new ConnectionClosedError(message, { node, sent, cause });
}

/** The node sent bytes that do not follow the protocol, or a reply without a request. */
export function notUnderstood(error: unknown, node: string): ProtocolError {
  const message = error instanceof Error ? error.message : String(error);
  return new ProtocolError(`${node}: ${message}`, { node, cause: error, sent: true });
}

/** The command came too late for the connection. */
export function alreadyClosed(node: string): ConnectionClosedError {
  return new ConnectionClosedError(`the connection to ${node} is closed`, { node });
}

/** The node ended the connection. `cause`: what it left incomplete; undefined = nothing. */
export function closedByNode(node: string, cause: unknown): ConnectionClosedError {
  const where = cause === undefined ? '' : ' in the middle of a reply';
  return new ConnectionClosedError(`${node} closed the connection${where}`, { node, cause });
}

/** The node does not reply to commands, though it may reply to others. */
export function neverReplies(node: string): ConnectionClosedError {
  return new ConnectionClosedError(`${node} does not reply to commands`, { node });
}

/** Throws UnsupportedError where the command needs features that HELLO has not granted. */
export function refuseUngranted(command: Command, granted: readonly number[] | undefined, node: string): void {
  if (granted !== undefined) binaryPart.loaded.refuseUngranted(command, granted, node);
  else
    throw new UnsupportedError(`${describeCommand(command)} → ${node}: only nodes of Couchbase know the request`, {
      node,
    });
}

/** The error of a command that `encodeCommand` did not take. */
export function unencodable(error: unknown): MemcacheError {
  return error instanceof MemcacheError
    ? error
    : new MemcacheError('the command could not be encoded', { cause: error });
}
