/** The error reply to a client whose command failed at or before a node. */
import {
  InvalidArgumentError,
  InvalidKeyError,
  ServerError,
  UnsupportedError,
  ValueTooLargeError,
} from '../core/errors.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { status } from '../core/status.ts';

/**
 * Fills the reply. An error reply of a node is passed on unchanged; other replies name the failure, and the node where
 * there is one.
 */
export function errorReply(reply: Reply, error: MemcacheError): Reply {
  reply.node = error.node ?? '';
  return explainError(reply, error);
}

function explainError(reply: Reply, error: MemcacheError): Reply {
  if (error instanceof ServerError) return reply.setError(error.kind, error.message, error.status);
  if (error instanceof ValueTooLargeError)
    return reply.setError('server', 'object too large for cache', status.tooLarge);
  if (error instanceof InvalidKeyError || error instanceof InvalidArgumentError) {
    return reply.setError('client', error.message, status.invalidArguments);
  }
  if (error instanceof UnsupportedError) return reply.setError('server', error.message, status.notSupported);
  return reply.setError('server', error.message.replaceAll('→', 'to'), status.temporaryFailure);
}
