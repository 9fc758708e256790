/**
 * Files with logins, so that no password stands on a command line, where every user of the machine can read it:
 * `name:password`, a line each, as memcached's `-Y`.
 */
import { readFileSync, statSync } from 'node:fs';
import { fail, reasonOf } from './failure.ts';

/** Names with their passwords. */
export type Logins = Readonly<Record<string, string>>;

/** The logins of a text. Throws UsageError, which does not quote it. */
export function parseLogins(text: string, file: string): Logins {
  const logins: [string, string][] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon < 1 || colon === line.length - 1) fail(`${file}: line ${index + 1} is not name:password`);
    logins.push([line.slice(0, colon), line.slice(colon + 1)]);
  }
  if (logins.length === 0) fail(`${file}: there is no name:password in it`);
  return Object.fromEntries(logins);
}

/** The logins of a file; a warning about its permissions goes to stderr. Throws UsageError. */
export function readLogins(file: string): Logins {
  return parseLogins(readSecretFile(file, '--password-file'), file);
}

/** The text of a file that an option names; a warning about its permissions goes to stderr. Throws UsageError. */
export function readSecretFile(file: string, option: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return fail(`${option}: cannot read ${file}: ${reasonOf(error)}`);
  }
  if (isOpenToAll(file)) process.stderr.write(`memfleet: ${openToAll(file)}\n`);
  return text;
}

/** The one login of a file for whoever logs in at nodes. Throws UsageError. */
export function onlyLogin(logins: Logins, file: string): { readonly username: string; readonly password: string } {
  const [[username, password] = ['', ''], another] = Object.entries(logins);
  if (another !== undefined) fail(`${file}: there must be one line, name:password, for the nodes`);
  return { username, password };
}

/** What is said of a file with secrets that everybody may read. */
export function openToAll(file: string): string {
  return `${file} has secrets in it, and everybody may read it: chmod o-r`;
}

/** May every user of this machine read the file? */
export function isOpenToAll(file: string): boolean {
  if (process.platform === 'win32') return false;
  const { mode = 0 } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return (mode & 0o004) !== 0;
}
