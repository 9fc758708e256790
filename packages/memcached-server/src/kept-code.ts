/**
 * Where Node (22.8 and newer) keeps the program compiled: in the package's own folder. Its default is the folder for
 * temporary files, where any user could put code for others to run.
 */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder for the compiled code of a program in `dist/bundle`; it need not exist. Undefined: the user is not the
 * owner of the package, or another user could have put code there. `packages/cli/src/code-cache.ts` has the same rule.
 */
export function codeFolder(program: string, user: number | undefined = process.geteuid?.()): string | undefined {
  try {
    const ownFolder = dirname(dirname(dirname(realpathSync(program))));
    const { uid, mode } = statSync(ownFolder);
    if (user !== undefined && user !== uid) return undefined;
    const folder = join(ownFolder, 'code-cache');
    const found = lstatSync(folder, { throwIfNoEntry: false });
    const isSafe =
      found === undefined || (found.isDirectory() && found.uid === uid && (found.mode & ~mode & 0o022) === 0);
    return isSafe ? folder : undefined;
  } catch {
    // Node's --permission may forbid to look.
    return undefined;
  }
}
