/**
 * packages/cli/bundle: the published command, made of the sources of command and library, with the packages that it
 * needs. Loading some hundred files is most of a start, so what the servers load is in few of them:
 *
 *   main ─▶ signals ─▶ start ─┬ memfleet server ─▶ server, and what it shares with others
 *                             ├ memfleet proxy ──▶ proxy, and what it shares with others
 *                             └ any other ───────▶ a file of the command, and what it shares with others
 *
 * CommonJS, because Node 20 loads it faster than modules. Lines stay: Node prints the line that an unexpected error
 * comes from, and they cost no time of a start. From `start` on the files are loaded by packages/cli/src/code-cache.ts.
 */
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { readEntries, sourceOf } from './entries.mjs';
import { lateModules } from './late-modules.mjs';
import { licencesOf } from './licences.mjs';

const cli = 'packages/cli';
const folder = `${cli}/bundle`;

/** What V8 made of the files is kept beside them; published is the bundle only. */
const codeCache = 'code-cache';

/** The files that are loaded first, one after the other: of these a module is in one only. */
const first = {
  signals: ['failure.ts', 'signals.ts'],
  start: ['program.ts', 'commands/young-generation.ts'],
};

/** What the large commands load for their work. */
const large = {
  server: ['commands/server-command.ts'],
  proxy: ['commands/proxy-command.ts', 'proxy/run/run-proxy.ts', 'proxy/run/worker.ts'],
  client: ['commands/get-command.ts'],
};

/** What a client or a proxy loads at its first bucket or binary node. */
const bucket = ['fleet/bucket-stack.ts', 'connection/binary-half.ts'].map((file) => `../../memfleet/src/${file}`);

export async function writeCommand() {
  for (const path of [folder, `${cli}/${codeCache}`]) rmSync(path, { recursive: true, force: true });
  const { dependencies } = JSON.parse(readFileSync(`${cli}/package.json`, 'utf8'));
  const sources = new Map(readEntries().map((entry) => [entry.path, resolve(sourceOf(entry))]));
  /** @type {Map<string, readonly string[]>} */
  const imports = new Map();
  const bundle = await rolldown({
    input: { main: `${cli}/src/main.ts` },
    platform: 'node',
    tsconfig: false,
    transform: { target: 'node20.19' },
    preserveEntrySignatures: false,
    // The young generation's file is loaded by two, of which one imports it.
    checks: { ineffectiveDynamicImport: false },
    external: Object.keys(dependencies).filter((name) => name !== 'memfleet'),
    plugins: [
      {
        name: 'memfleet-sources',
        resolveId: (id) => sources.get(id),
        buildEnd() {
          for (const id of this.getModuleIds()) imports.set(id, this.getModuleInfo(id)?.importedIds ?? []);
        },
      },
      lateModules(),
      throughCodeCache(),
    ],
  });
  await bundle.write({
    dir: folder,
    format: 'cjs',
    comments: false,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: false } },
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ name: fileNames(imports), debugName: 'servers' }],
    },
  });
  await bundle.close();
  await writeCodeCache();
  chmodSync(`${folder}/main.cjs`, 0o755);
  writeFileSync(`${folder}/LICENSES.txt`, licencesOf([...imports.keys()].map((id) => relative('.', id))));
}

/**
 * A plugin of rolldown: the loader loads what main.cjs does, and imports modules for it.
 *
 * @returns {import('rolldown').Plugin}
 */
function throughCodeCache() {
  const loader = 'require("./code-cache.cjs")';
  const place = `require("node:path").resolve(__dirname, "../${codeCache}")`;
  return {
    name: 'memfleet-code-cache',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle))
        if (chunk.type === 'chunk')
          chunk.code = chunk.code
            .replaceAll(/(?<![#.\w])import\(/g, `${loader}.importBeside(`)
            .replace(
              chunk.isEntry ? 'require("./start.cjs")' : /$^/,
              `${loader}.loaderOf(require, __dirname, ${place})("./start.cjs")`,
            );
    },
  };
}

/** The loader of the other files. */
async function writeCodeCache() {
  const loader = await rolldown({
    input: `${cli}/src/code-cache.ts`,
    platform: 'node',
    tsconfig: false,
    plugins: [lateModules()],
  });
  await loader.write({ file: `${folder}/code-cache.cjs`, format: 'cjs', comments: false });
  await loader.close();
}

/**
 * The file that a module belongs to: one of the first, or that of the large commands which load it; null = any.
 *
 * @param {ReadonlyMap<string, readonly string[]>} imports
 * @returns {(id: string) => string | null}
 */
function fileNames(imports) {
  /** @param {Record<string, string[]>} table */
  const partsOf = (table) =>
    Object.entries(table).map(([name, files]) => /** @type {const} */ ([name, closureOf(files, imports)]));
  /** @type {[ReturnType<typeof partsOf>, ReturnType<typeof partsOf>, Set<string>] | undefined} */
  let parts;
  return (id) => {
    const [early, late, parted] = (parts ??= [partsOf(first), partsOf(large), closureOf(bucket, imports)]);
    const [found] = early.find(([, modules]) => modules.has(id)) ?? [];
    const names = late.filter(([, modules]) => modules.has(id)).map(([name]) => name);
    if (parted.has(id) && !names.includes('client') && !names.includes('server')) names.push('bucket');
    return found ?? (names.length === 0 ? null : names.join('-'));
  };
}

/**
 * The modules that are loaded with these files.
 *
 * @param {readonly string[]} files @param {ReadonlyMap<string, readonly string[]>} imports
 */
function closureOf(files, imports) {
  const found = new Set(files.map((file) => resolve(cli, 'src', file)));
  // A set gives what is added while it is walked.
  for (const id of found) for (const other of imports.get(id) ?? []) found.add(other);
  return found;
}
