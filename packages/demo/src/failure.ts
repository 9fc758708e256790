/** Errors of a run. */

/** The command line asks for the impossible: a node that cannot be reached, a program that is not installed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The message at the end of an error's chain of causes. */
export function rootCause(error: Error): string {
  return error.cause instanceof Error ? rootCause(error.cause) : error.message;
}
