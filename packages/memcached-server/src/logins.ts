/**
 * The logins of `-Y` and `-S`: `user:password`, a line each. For `-S` the file is that of memcached's own password
 * database (`--enable-sasl-pwdb`).
 */
import { readFileSync } from 'node:fs';
import { type Authenticate, passwordsOf } from 'memfleet/server';
import { exitCodes, refuse } from './failure.ts';
import type { Settings } from './settings.ts';

function readLogins(file: string): Authenticate {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return refuse(`Could not open authfile [${file}] for reading, error ${(error as Error).message}`);
  }
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const users = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    if (colon < 1 || colon === line.length - 1)
      refuse(`Authfile [${file}] has a malformed entry. Should be 'user:password'`);
    return [line.slice(0, colon), line.slice(colon + 1)];
  });
  if (users.length === 0) refuse(`Authfile [${file}] has a malformed entry. Should be 'user:password'`);
  return passwordsOf(Object.fromEntries(users));
}

/** What decides about logins, and reads its file again. */
export interface Logins {
  readonly authenticate: Authenticate;
  /** Reads the file again. A file that is wrong changes nothing. */
  readAgain(): void;
}

/** The logins that the settings require; undefined = none. Throws Exit. */
export function loginsOf({ authFile, hasSasl }: Settings): Logins | undefined {
  const file = hasSasl ? process.env['MEMCACHED_SASL_PWDB'] : authFile;
  if (hasSasl && file === undefined)
    refuse('-S needs the environment variable MEMCACHED_SASL_PWDB, a file of user:password lines', exitCodes.usage);
  if (file === undefined) return undefined;
  let current = readLogins(file);
  return {
    authenticate: (user, password) => current(user, password),
    readAgain() {
      try {
        current = readLogins(file);
      } catch (error) {
        process.stderr.write(`${(error as Error).message}\n`);
      }
    },
  };
}
