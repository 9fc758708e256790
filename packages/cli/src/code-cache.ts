/**
 * Loads the files of the published command with the code that V8 made of them at an earlier start, because compiling
 * them is half of a start.
 *
 *   main ─▶ load(file) ─ its code is in the folder ──▶ run
 *                      └ it is not, or it is damaged ▶ compile, run ─ a second later, or at the exit ─▶ write the code
 *
 * The folder is in the package, and only the owner of the package writes there: who can change the code could change
 * the program. V8 checks for which version and flags of its own the code was made, but neither the code nor the text;
 * damaged code ends the process, and in Node 20 that of another build does, as builds with one version of V8 differ in
 * the objects that code refers to. So a name has the checksum of the build, of the text and of the path, which stack
 * traces show, and a file ends with that of the code, which also makes it harmless that several processes write at
 * once. What fails leaves a start as it is without the folder.
 */
import {
  accessSync,
  constants as fileModes,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** When it writes, in ms after the first file that had no code: most functions of a start have run. */
const writeDelay = 1000;

/** With more files than these the folder is emptied first: most are of other versions of Node, or flags. */
const mostFiles = 200;

/** The size in bytes of the largest file that is read. The largest that is written has 300 KB. */
const mostBytes = 16 * 2 ** 20;

/** Of the checksum at the end of a file. */
const sumBytes = 4;

type Wrapper = (exports: unknown, load: NodeJS.Require, module: object, file: string, folder: string) => void;

/** A file without code. */
interface Missed {
  /** Where its code belongs. */
  readonly path: string;
  readonly script: Script;
  /** V8's version and flags when it was compiled. */
  readonly tag: number;
}

/**
 * Loads the CommonJS files of the folder `files`, where the one is that has `require`, and what they load. `folder`:
 * where code is kept. Gives `require` itself, which is faster, where nothing is kept and nothing can be.
 */
export function loaderOf(require: NodeJS.Require, files: string, folder: string): NodeJS.Require {
  const { NODE_DISABLE_COMPILE_CACHE: isOff, NODE_V8_COVERAGE: coverage } = process.env;
  if (isOff || coverage) return require;
  const isThere = isSafe(folder);
  if (!(isThere ?? canWrite(dirname(folder)))) return require;
  return new Loader(require, files, folder, isThere === true).load;
}

/** What the files have in place of `import()`, which Node 20 cannot do in a script that V8 made of kept code. */
export function importBeside(specifier: string): Promise<unknown> {
  return import(specifier);
}

class Loader {
  readonly #require: NodeJS.Require;
  readonly #folder: string;
  /** Whether code may be read: what is in a folder that was made since was not looked at. */
  readonly #isThere: boolean;
  readonly #modules = new Map<string, { exports: unknown }>();
  readonly #missed: Missed[] = [];
  /** The checksum of this build of Node: its versions and configuration. */
  readonly #build = crc32(JSON.stringify([process.versions, process.config]));
  /** What the files have as `require`. */
  readonly load: NodeJS.Require;

  constructor(require: NodeJS.Require, files: string, folder: string, isThere: boolean) {
    this.#require = require;
    this.#folder = folder;
    this.#isThere = isThere;
    const load = (id: string): unknown => (id.startsWith('./') ? this.#load(join(files, id)) : require(id));
    this.load = Object.assign(load, require);
  }

  #load(file: string): unknown {
    // One that Node loaded must not run again.
    const known = this.#modules.get(file) ?? this.#require.cache[file];
    if (known !== undefined) return known.exports;
    const module: { exports: unknown } = { exports: {} };
    this.#modules.set(file, module);
    let isLoaded = false;
    try {
      const run = this.#compile(file).runInThisContext() as Wrapper;
      run(module.exports, this.load, module, file, dirname(file));
      isLoaded = true;
    } finally {
      // As Node does: the next one that needs the file tries again. A `catch` would change the line that Node prints.
      if (!isLoaded) this.#modules.delete(file);
    }
    return module.exports;
  }

  #compile(file: string): Script {
    const bytes = readFileSync(file);
    const tag = cachedDataVersionTag();
    const path = join(this.#folder, `${basename(file)}-${hex(crc32(bytes, crc32(file, this.#build)))}-${hex(tag)}`);
    const cachedData = this.#isThere ? codeIn(path) : undefined;
    // On one line with the first one of the text, as the lines of stack traces count.
    const script = new Script(`(function (exports, require, module, __filename, __dirname) {${bytes.toString()}\n})`, {
      filename: file,
      ...(cachedData === undefined ? {} : { cachedData }),
    });
    if (cachedData === undefined || script.cachedDataRejected === true) this.#miss({ path, script, tag });
    return script;
  }

  #miss(missed: Missed): void {
    if (this.#missed.push(missed) > 1) return;
    const write = (): void => {
      process.off('exit', write);
      this.#write();
    };
    process.once('exit', write);
    setTimeout(write, writeDelay).unref();
  }

  #write(): void {
    const missed = this.#missed.splice(0);
    try {
      if (!canWrite(dirname(this.#folder))) return;
      mkdirSync(this.#folder, { recursive: true, mode: 0o755 });
      if (isSafe(this.#folder) !== true) return;
      const names = readdirSync(this.#folder);
      if (names.length > mostFiles) for (const name of names) rmSync(join(this.#folder, name), { force: true });
      const tag = cachedDataVersionTag();
      // V8 would refuse code of other flags than those with which it reads it.
      for (const one of missed) if (one.tag === tag) writeCode(one);
    } catch {
      // A folder that cannot be written, a full disk.
    }
  }
}

/**
 * Whether the folder belongs to the package's owner, is no link, and can be written by nobody who cannot write the
 * package. Where the bundle was copied to a folder like /tmp, any user could make it. Undefined: there is no folder.
 */
function isSafe(folder: string): boolean | undefined {
  try {
    const found = lstatSync(folder, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    const { uid, mode } = statSync(dirname(folder));
    return found.isDirectory() && found.uid === uid && (found.mode & ~mode & 0o022) === 0;
  } catch {
    // Node's --permission may forbid to look.
    return false;
  }
}

/**
 * The owner of the package is who runs this; where files have no owners, everybody is. Nobody writes a read-only disk.
 */
function canWrite(folder: string): boolean {
  try {
    const user = process.geteuid?.();
    accessSync(folder, fileModes.W_OK);
    return user === undefined || statSync(folder).uid === user;
  } catch {
    return false;
  }
}

function writeCode({ path, script }: Missed): void {
  const code = script.createCachedData();
  const sum = Buffer.alloc(sumBytes);
  sum.writeUInt32LE(crc32(code));
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, Buffer.concat([code, sum]), { mode: 0o644 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Undefined when there is none, or when it is not what was written. */
function codeIn(path: string): Buffer | undefined {
  try {
    // A start would wait for somebody to write into a pipe.
    const found = statSync(path);
    if (!found.isFile() || found.size > mostBytes) return undefined;
    const bytes = readFileSync(path);
    const code = bytes.subarray(0, -sumBytes);
    return crc32(code) === bytes.readUInt32LE(code.length) ? code : undefined;
  } catch {
    return undefined;
  }
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');
