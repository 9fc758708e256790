/** What an error comes down to: the message at the end of the chain of causes. */
export function rootCause(error: Error): string {
  return error.cause instanceof Error ? rootCause(error.cause) : error.message;
}
