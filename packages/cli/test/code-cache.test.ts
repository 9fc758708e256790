/** What V8 made of the published files is kept, and is of no harm: damaged, outdated, foreign or not to be written. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { published } from './support/program.ts';
import { runNode } from './support/run.ts';

const loader = join(dirname(published), 'code-cache.cjs');

const main = `
const folder = require('node:path').join(__dirname, '../code-cache');
const load = require('./code-cache.cjs').loaderOf(require, __dirname, folder);
console.log(load('./part.cjs').hello(process.argv[2]));`;

const part = `const { greeting } = require('./greeting.cjs');
exports.hello = (name = 'all') => {
  if (name === 'nobody') throw new Error('nobody is here');
  return greeting + ', ' + name;
};
exports.unused = (a) => a * 2;`;

/** A package with a program of three files. */
interface Package {
  readonly folder: string;
  /** Names of the files with code. */
  readonly kept: () => readonly string[];
  /** Which file with code is which on the disk. */
  readonly inodes: () => readonly number[];
  /** What the program prints; `words`: flags of Node first. */
  readonly run: (...words: readonly string[]) => Promise<string>;
  readonly write: (name: string, text: string) => void;
}

function makePackage(): Package {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const bundle = join(folder, 'bundle');
  mkdirSync(bundle);
  copyFileSync(loader, join(bundle, 'code-cache.cjs'));
  const write = (name: string, text: string): void => writeFileSync(join(bundle, name), text);
  write('main.cjs', main);
  write('part.cjs', part);
  write('greeting.cjs', `exports.greeting = 'hello'; exports.again = require('./part.cjs');`);
  const cache = join(folder, 'code-cache');
  const kept = (): readonly string[] => readdirSync(cache).sort();
  return {
    folder,
    kept,
    inodes: () => kept().map((name) => statSync(join(cache, name)).ino),
    run: async (...words) => {
      const { code, stdout, stderr } = await runNode([...words, join(bundle, 'main.cjs')]).ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    },
    write,
  };
}

test('the first start writes the code of each file, and the next ones read it and write nothing', async () => {
  const { run, kept, inodes } = makePackage();
  expect(await run()).toBe('hello, all\n');
  expect(kept()).toEqual([
    expect.stringMatching(/^greeting\.cjs-[\da-f]{8}-[\da-f]{8}$/),
    expect.stringMatching(/^part\.cjs-[\da-f]{8}-[\da-f]{8}$/),
  ]);
  const before = inodes();
  expect(await run()).toBe('hello, all\n');
  expect(inodes()).toEqual(before);
});

test('files that are damaged, truncated, empty or something else are written anew', async () => {
  const { folder, run, kept, inodes } = makePackage();
  await run();
  const [name = ''] = kept().slice(-1);
  const path = join(folder, 'code-cache', name);
  const whole = readFileSync(path);
  const damage: readonly ((size: number) => void)[] = [
    (size) => truncateSync(path, size - 1),
    (size) => truncateSync(path, size >> 1),
    () => truncateSync(path, 3),
    () => truncateSync(path, 0),
    () => writeFileSync(path, 'memfleet'),
    ...[0, 4, 12, 0.25, 0.5, 0.75, 0.99].map((at) => (size: number) => {
      const bytes = Buffer.from(whole);
      const place = at < 1 ? Math.floor(at * size) : at;
      bytes[place] = (bytes[place] ?? 0) ^ 0xff;
      writeFileSync(path, bytes);
    }),
  ];
  for (const spoil of damage) {
    writeFileSync(path, whole);
    spoil(whole.length);
    const [, before] = inodes();
    expect(await run()).toBe('hello, all\n');
    expect(inodes()[1]).not.toBe(before);
    expect(readFileSync(path).length).toBeGreaterThan(100);
  }
});

test('a pipe or a huge file in place of one with code is replaced, and not read', async () => {
  const { folder, run, kept } = makePackage();
  await run();
  const [pipe = '', huge = ''] = kept().map((name) => join(folder, 'code-cache', name));
  rmSync(pipe);
  execFileSync('mkfifo', [pipe]);
  truncateSync(huge, 2 ** 31 - 4096);
  expect(await run()).toBe('hello, all\n');
  for (const path of [pipe, huge]) {
    expect(statSync(path).isFile()).toBe(true);
    expect(statSync(path).size).toBeLessThan(10_000);
  }
});

test('a file whose text changed runs as it is now, also if it has the same length', async () => {
  const { run, write } = makePackage();
  await run();
  write('greeting.cjs', `exports.greeting = 'howdy'; exports.again = require('./part.cjs');`);
  expect(await run()).toBe('howdy, all\n');
  expect(await run()).toBe('howdy, all\n');
});

test('each set of V8 flags has files of its own', async () => {
  const { run, kept, inodes } = makePackage();
  await run();
  expect(await run('--no-opt')).toBe('hello, all\n');
  expect(kept()).toHaveLength(4);
  const before = inodes();
  await run();
  await run('--no-opt');
  expect(inodes()).toEqual(before);
});

test('each build of Node has files of its own: V8 takes the code of another one with its version, and crashes', async () => {
  const { folder, run, write, kept, inodes } = makePackage();
  write(
    'other.cjs',
    `const value = { ...process.versions, v8: process.versions.v8 + '.1' };
    Object.defineProperty(process, 'versions', { value });`,
  );
  const other = ['--require', join(folder, 'bundle/other.cjs')];
  await run();
  expect(await run(...other)).toBe('hello, all\n');
  expect(kept()).toHaveLength(4);
  const before = inodes();
  await run();
  await run(...other);
  expect(inodes()).toEqual(before);
});

test('code that was compiled under other flags than those at the end is not kept', async () => {
  const { run, write, kept } = makePackage();
  write('main.cjs', `${main}\nrequire('node:v8').setFlagsFromString('--semi-space-growth-factor=1');`);
  await run();
  expect(kept()).toEqual([]);
});

test('processes that start at once write whole files, and no others', async () => {
  const { run, kept, inodes } = makePackage();
  expect(await Promise.all(Array.from({ length: 6 }, () => run()))).toEqual(Array(6).fill('hello, all\n'));
  expect(kept()).toHaveLength(2);
  const before = inodes();
  await run();
  expect(inodes()).toEqual(before);
});

test('a program that runs on writes a second after its start, and not before', async () => {
  const { folder, run, write } = makePackage();
  const count = `(existsSync(${JSON.stringify(join(folder, 'code-cache'))}) ? 'kept' : 'not kept')`;
  // The clock is this program's.
  write('clock.cjs', `globalThis.setTimeout = (run, ms) => setImmediate(() => (console.log(ms), run()));`);
  const look = `console.log${count}`;
  write('main.cjs', `const { existsSync } = require('node:fs');${main}\n${look}; setImmediate(() => ${look});`);
  expect(await run('--require', join(folder, 'bundle/clock.cjs'))).toBe('hello, all\nnot kept\n1000\nkept\n');
});

test('a start where the folder cannot be made is as any other', async () => {
  const { folder, run } = makePackage();
  writeFileSync(join(folder, 'code-cache'), 'no folder');
  expect(await run()).toBe('hello, all\n');
  expect(readFileSync(join(folder, 'code-cache'), 'utf8')).toBe('no folder');
});

test.runIf(process.geteuid?.() === 0)('nobody but the owner of the package writes, not even root', async () => {
  const { folder, run, write } = makePackage();
  chownSync(folder, 65_534, 65_534);
  write('main.cjs', `${main}\nconsole.log(load === require);`);
  expect(await run()).toBe('hello, all\ntrue\n');
  expect(readdirSync(folder)).toEqual(['bundle']);
});

/** What makes a folder one in which others could have planted code, or a link to a folder that is no part of it. */
const unsafe: readonly (readonly [kind: string, spoil: (cache: string) => void])[] = [
  ['a folder that others may write', (cache) => chmodSync(cache, 0o777)],
  ...(process.geteuid?.() === 0
    ? [['a folder of another user', (cache: string) => chownSync(cache, 65_534, 65_534)] as const]
    : []),
  [
    'a link to a folder elsewhere',
    (cache) => {
      renameSync(cache, `${cache}-elsewhere`);
      symlinkSync(`${cache}-elsewhere`, cache);
    },
  ],
];

test.each(unsafe)('%s gives no code, and nothing is written or removed there', async (_kind, spoil) => {
  const { folder, run, write, kept, inodes } = makePackage();
  await run();
  for (let at = 0; at <= 200; at++) writeFileSync(join(folder, 'code-cache', `old-${at}`), '');
  spoil(join(folder, 'code-cache'));
  const before = inodes();
  write('main.cjs', `${main}\nconsole.log(load === require);`);
  write('part.cjs', `${part}\nexports.isChanged = true;`);
  expect(await run()).toBe('hello, all\ntrue\n');
  expect(inodes()).toEqual(before);
  expect(kept()).toHaveLength(203);
});

test('code is not read from a folder that was not there at the start', async () => {
  const { folder, run, write } = makePackage();
  await run();
  const cache = join(folder, 'code-cache');
  renameSync(cache, `${cache}-planted`);
  const plant = `require('node:fs').renameSync(folder + '-planted', folder);`;
  const isRead = `const { readFileSync } = require('node:fs');
    require('node:fs').readFileSync = (file, ...rest) => {
      if (file.startsWith(folder)) console.log('read');
      return readFileSync(file, ...rest);
    };`;
  write('main.cjs', main.replace('console.log', `${plant}\n${isRead}\nconsole.log`));
  expect(await run()).toBe('hello, all\n');
});

test('under --permission, a start that may only read the files runs as any other', async () => {
  const { folder, run } = makePackage();
  const flag = ['--permission', '--experimental-permission'].find((one) =>
    process.allowedNodeEnvironmentFlags.has(one),
  );
  expect(await run('--no-warnings', flag ?? '', `--allow-fs-read=${join(folder, 'bundle')}/*`)).toBe('hello, all\n');
  expect(readdirSync(folder)).toEqual(['bundle']);
});

test('a folder of more than 200 files is emptied before more are written', async () => {
  const { folder, run, kept } = makePackage();
  mkdirSync(join(folder, 'code-cache'), { mode: 0o755 });
  for (let at = 0; at <= 200; at++) writeFileSync(join(folder, 'code-cache', `old-${at}`), '');
  await run();
  expect(kept()).toHaveLength(2);
});

test.each(['NODE_DISABLE_COMPILE_CACHE', 'NODE_V8_COVERAGE'])('with %s nothing is kept', async (name) => {
  const { folder, run, write } = makePackage();
  write('off.cjs', `process.env.${name} = ${JSON.stringify(join(folder, 'coverage'))};`);
  expect(await run('--require', join(folder, 'bundle/off.cjs'))).toBe('hello, all\n');
  expect(readdirSync(folder)).toEqual(['bundle']);
});

test('a stack trace names the file and the line, with code from the folder as well', async () => {
  const { folder, run } = makePackage();
  await run();
  const { stderr, code } = await runNode([join(folder, 'bundle/main.cjs'), 'nobody']).ended;
  expect(code).toBe(1);
  expect(stderr).toContain('nobody is here');
  expect(stderr).toContain(`${join(folder, 'bundle/part.cjs')}:3:`);
});

test('a package that was moved makes the code anew: stack traces name the file where it is now', async () => {
  const { folder, run } = makePackage();
  await run();
  const moved = makePackage();
  cpSync(join(folder, 'code-cache'), join(moved.folder, 'code-cache'), { recursive: true });
  const { stderr } = await runNode([join(moved.folder, 'bundle/main.cjs'), 'nobody']).ended;
  expect(stderr).toContain(`${join(moved.folder, 'bundle/part.cjs')}:3:`);
  expect(stderr).not.toContain(folder);
});

test('a file that Node has loaded already is not run again', async () => {
  const { run, write } = makePackage();
  write('greeting.cjs', `console.log('once'); exports.greeting = 'hello';`);
  write('main.cjs', `require('./greeting.cjs');${main}`);
  expect(await run()).toBe('once\nhello, all\n');
});

test('a file that could not be loaded is tried again when it is needed again', async () => {
  const { run, write } = makePackage();
  const rest = `const { renameSync } = require('node:fs');
    const tell = () => { try { return load('./part.cjs').hello(); } catch (error) { return error.code; } };
    process.chdir(__dirname);
    renameSync('part.cjs', 'away');
    console.log(tell());
    renameSync('away', 'part.cjs');
    console.log(tell());`;
  write('main.cjs', main.replace(/console.*/, rest));
  expect(await run()).toBe('ENOENT\nhello, all\n');
});

test('modules are imported, from the second start on as well', async () => {
  const { folder, run, write } = makePackage();
  writeFileSync(join(folder, 'bundle/module.mjs'), 'export const name = import.meta.url.slice(-10);');
  write('part.cjs', `exports.hello = () => require('./code-cache.cjs').importBeside('./module.mjs');`);
  write(
    'main.cjs',
    `${main.replace('console.log', 'say')}\nfunction say(it) { it.then(({ name }) => console.log(name)); }`,
  );
  expect(await run()).toBe('module.mjs\n');
  expect(await run()).toBe('module.mjs\n');
});

test('no published file but the loader has an import() of its own', () => {
  const files = readdirSync(dirname(published)).filter((name) => name.endsWith('.cjs') && name !== 'code-cache.cjs');
  const importing = files.filter((name) =>
    /(?<![#.\w])import\(/.test(readFileSync(join(dirname(published), name), 'utf8')),
  );
  expect(importing).toEqual([]);
});

test('the published memfleet keeps the code of what it loads, and package and page are found beside it', async () => {
  const { folder } = makePackage();
  const bundle = join(folder, 'bundle');
  for (const name of readdirSync(dirname(published))) copyFileSync(join(dirname(published), name), join(bundle, name));
  copyFileSync(join(dirname(published), '../package.json'), join(folder, 'package.json'));
  for (let start = 0; start < 2; start++) {
    const { code, stdout, stderr } = await runNode([join(bundle, 'main.cjs'), '--version']).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(readdirSync(join(folder, 'code-cache'))).toEqual([expect.stringMatching(/^start\.cjs-/)]);
  }
});
