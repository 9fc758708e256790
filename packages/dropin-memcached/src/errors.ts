/** The errors that callbacks receive: memfleet's, or the words of the server as the original has them. */
import { ServerError, TimeoutError } from 'memfleet';

/** What stands behind the kind of error in the reply of a server. */
const reason = /(?:CLIENT|SERVER)_ERROR (.*)$/s;

/** `isConnected`: whether there is a connection to the server. */
export function errorFor(error: unknown, isConnected: boolean): unknown {
  if (error instanceof ServerError)
    return new Error(reason.exec(error.message)?.[1] ?? 'Received an ERROR response', { cause: error });
  if (error instanceof TimeoutError && !isConnected)
    return new Error('Timed out while trying to establish connection', { cause: error });
  return error;
}

/** The error of a command that did not store its value. */
export function notStored(): Error {
  return Object.assign(new Error('Item is not stored'), { notStored: true });
}
