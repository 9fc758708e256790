/** Programs of this machine: where they are, what they call themselves, how to get them. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of a file of the command's package. */
export const cliFile = (path: string): string => fileURLToPath(new URL(`../../packages/cli/${path}`, import.meta.url));

/** The published command, for `node`. */
export const memfleetProgram: string = cliFile('bundle/main.cjs');

/** Where daemons lie that are not on every user's PATH. */
const daemonDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** npm puts the programs of packages on the PATH: the `memcached` there is ours. */
const isOfSystem = (directory: string): boolean =>
  directory !== '' && !directory.endsWith(join('node_modules', '.bin'));

/** The full path, or undefined when this machine does not have it. */
export function findProgram(name: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter(isOfSystem);
  return [...directories, ...daemonDirectories]
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The full path. Throws when it is missing, saying how to get it. */
export function requireProgram(name: string): string {
  const path = findProgram(name);
  if (path === undefined)
    throw new Error(`there is no ${name} on this machine: npm run bench -- setup says how to get it`);
  return path;
}

/** The first line of what the program says of its version; undefined when it is missing or says nothing. */
export function programVersion(name: string, flag: string): string | undefined {
  const path = findProgram(name);
  if (path === undefined) return undefined;
  try {
    const text = execFileSync(path, [flag], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return text.split('\n')[0]?.trim();
  } catch {
    return undefined;
  }
}
