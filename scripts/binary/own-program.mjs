/**
 * What stands in place of packages/cli/src/own-program.ts in the binary. The binary is its own interpreter: what `fork`
 * takes as the script arrives there as the first word. The files of the package are inside.
 */
import { files } from 'memfleet-binary:files';

/** @type {typeof import('../../packages/cli/src/own-program.ts').ownProcess} */
export const ownProcess = ([exec, ...args]) => ({ exec, args });

/** @type {typeof import('../../packages/cli/src/own-program.ts').readOwnFile} */
export function readOwnFile(path) {
  const file = files[path];
  if (file === undefined) throw new Error(`${path} is not in the binary`);
  return Buffer.from(file, 'base64');
}

/** @type {typeof import('../../packages/cli/src/own-program.ts').readPackageFile} */
export const readPackageFile = readOwnFile;

/** @type {typeof import('../../packages/cli/src/own-program.ts').becomeMemcached} */
export async function becomeMemcached(words) {
  // It starts itself again for `-d`, with these words after the binary.
  process.argv.splice(1, Infinity, 'memcached', ...words);
  await import('../../packages/memcached-server/src/memcached.ts');
}
