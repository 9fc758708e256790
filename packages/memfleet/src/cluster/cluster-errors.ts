/** The errors that callers of a cluster receive from it. */
import { type Command, describeCommand } from '../core/command.ts';
import {
  AuthenticationError,
  ClosedError,
  ConfigError,
  type MemcacheError,
  NodeEjectedError,
  NoNodesError,
  QueueFullError,
  TimeoutError,
} from '../core/errors.ts';
import type { Member } from './topology.ts';

/**
 * The deadline passed before the first node list. A refused login, and a configuration that cannot be used, keep their
 * code: callers that retry a timeout would retry them for ever.
 */
export function noNodesYetError(cause: MemcacheError | undefined): MemcacheError {
  const message = `no node list before the deadline${cause === undefined ? '' : `: ${cause.message}`}`;
  if (cause instanceof AuthenticationError) return new AuthenticationError(message, { cause });
  if (cause instanceof ConfigError) return new ConfigError(message, { cause });
  return new TimeoutError(message, 'acquire', { cause });
}

/** So many commands wait for the first node list that no more may. */
export function waitNoMoreError(command: Command, length: number): QueueFullError {
  return new QueueFullError(`${describeCommand(command)}: ${length} callers are waiting for the node list already`);
}

/** The node of the key is ejected, and no other node may serve it. */
export function ejectedError(member: Member, { ownerOnly }: Command): NodeEjectedError {
  const { name } = member.node;
  const probed = member.health.state === 'probing' ? ' and being probed' : '';
  const why = ownerOnly ? 'the call accepts no substitute' : 'the failure mode is "fail"';
  return new NodeEjectedError(`${name} is ejected${probed}; ${why}`, { node: name });
}

/** The map has no node for the key's vBucket. */
export function unownedError(command: Command): NoNodesError {
  const what = command.replica === 0 ? '' : `replica ${command.replica} of `;
  return new NoNodesError(`${describeCommand(command)}: no node has ${what}vBucket ${command.vbucket} now`);
}

/** The cluster takes no commands any more. */
export function closedError(): ClosedError {
  return new ClosedError('the client is closed');
}
