/**
 * What the image holds, as a folder: dist/image.
 *
 *   memfleet                       the binary
 *   lib64/…, lib/…                 the loader and the libraries that it names, from this machine (glibc)
 *   etc/                           a user without rights, how host names are looked up, a place for proxy.yml
 *   usr/share/doc/…/copyright      the licences of the binary and of the libraries
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The packages of Debian that have the libraries. */
const packages = ['libc6', 'libgcc-s1', 'libstdc++6'];

const files = {
  'etc/passwd': 'memfleet:x:65532:65532::/:/memfleet\n',
  'etc/group': 'memfleet:x:65532:\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
};

/** @param {string} binary @param {string} root the folder to make */
export function writeImageRoot(binary, root) {
  rmSync(root, { recursive: true, force: true });
  /** @param {string} source @param {string} path */
  const add = (source, path) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(source, join(root, path));
  };
  add(binary, 'memfleet');
  add(join(dirname(binary), 'LICENSES.txt'), 'usr/share/doc/memfleet/copyright');
  for (const library of librariesOf(binary)) add(realpathSync(library), library);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  mkdirSync(join(root, 'etc/memfleet'));
  mkdirSync(join(root, 'tmp'), { mode: 0o1777 });
  for (const name of packages) {
    const path = `usr/share/doc/${name}/copyright`;
    if (existsSync(`/${path}`)) add(`/${path}`, path);
  }
}

/**
 * The loader and the libraries, as the loader of this machine finds them. @param {string} binary @returns {string[]}
 */
function librariesOf(binary) {
  const lines = execFileSync('ldd', [binary], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const path = /^\s*(?:\S+ => )?(\/\S+) \(/.exec(line)?.[1];
    return path === undefined ? [] : [path];
  });
}
