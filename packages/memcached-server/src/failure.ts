/** How the program says that it cannot do what was asked: memcached's words on stderr, and memcached's exit codes. */

/** Exit codes of memcached (`sysexits.h`). */
export const exitCodes = { failure: 1, usage: 64, noUser: 67, system: 71 } as const;

/** Ends the program with a message on stderr, or on stdout for what the user asked to see. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Refuses a value, as memcached does in its loop over the arguments. */
export function refuse(message: string, code: number = exitCodes.failure): never {
  throw new Exit(code, message);
}
