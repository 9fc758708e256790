/** How a command says that it cannot do what was asked: one line on stderr, and an exit code. */

/** Exit codes of the program. */
export const exitCodes = {
  /** The command was understood and did not come out well. */
  failed: 1,
  /** The command line or what it names is wrong. */
  usage: 2,
  /** Nobody reads what is written; what shells give for SIGPIPE. */
  brokenPipe: 141,
} as const;

/** A mistake of the user's, in words for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Ends the command with a message for the user. */
export function fail(message: string): never {
  throw new UsageError(message);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'no permission',
  EISDIR: 'it is a directory',
};

/** Runs what writes to `path`. An error of the system becomes one for the user. */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return fail(`cannot write ${path}: ${reasonOf(error)}`);
  }
}

/** Why a file cannot be read or written, in words for the user. */
export function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
}
