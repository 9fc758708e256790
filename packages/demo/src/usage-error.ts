/** The command line asks for what cannot be: nodes that nobody reaches, a program that is not installed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
