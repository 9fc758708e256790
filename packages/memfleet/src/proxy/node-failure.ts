import {
  InvalidArgumentError,
  InvalidKeyError,
  type MemcacheError,
  ServerError,
  UnsupportedError,
  ValueTooLargeError,
} from '../errors.ts';

/** Did the node, or the way to it, fail? Else it is the command that cannot be done, here or anywhere. */
export function isNodeFailure(error: MemcacheError): boolean {
  return !(
    error instanceof UnsupportedError ||
    error instanceof InvalidKeyError ||
    error instanceof InvalidArgumentError ||
    error instanceof ValueTooLargeError ||
    error instanceof ServerError
  );
}
