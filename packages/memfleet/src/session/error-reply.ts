/** What a client of ours is told when its command failed on the way: an error reply. */
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
 * Fills the reply. A node's own error answer goes on as it came; the rest names what failed, with the node where there
 * is one.
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
