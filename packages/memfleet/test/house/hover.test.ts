/**
 * What an editor shows for the public names. The TypeScript program is asked, as the editor asks it, about the built
 * declarations of every entry point (`dist/*.d.ts`, `dist/cjs/*.d.cts`): every exported name, and every member of an
 * exported class or interface, has a sentence of its own; a number says its unit.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { API, type Checker, type Project, type Symbol, SymbolFlags, type Type } from 'typescript/unstable/sync';
import { afterAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

interface Entry {
  /** As an import names it: `memfleet/proxy`. */
  readonly entryPoint: string;
  readonly file: string;
}

interface Name {
  readonly name: string;
  readonly doc: string;
  readonly isNumber: boolean;
  readonly isOption: boolean;
}

const api = new API({ cwd: root });
const directory = mkdtempSync(join(tmpdir(), 'memfleet-'));
afterAll(() => {
  api.close();
  rmSync(directory, { recursive: true });
});

function workspaces(): string[] {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).workspaces;
}

/** A file, or files by condition: `{ types, default }`, `{ import: { types, default }, require: … }`. */
type ExportTarget = string | Readonly<Record<string, string | { readonly types: string }>>;

function typesOf(target: ExportTarget): string[] {
  if (typeof target === 'string') return [];
  return Object.entries(target).flatMap(([condition, file]) =>
    typeof file !== 'string' ? [file.types] : condition === 'types' ? [file] : [],
  );
}

/** The declarations that the `exports` of a package name, for `import` and for `require`. */
function entries(folder: string): Entry[] {
  const { name, exports = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return Object.entries<ExportTarget>(exports).flatMap(([path, target]) =>
    [...new Set(typesOf(target))].map((types) => ({
      entryPoint: join(name, path),
      file: join(root, folder, types),
    })),
  );
}

/** A program of declarations, compiled as a user's project is. */
function programOf(files: readonly string[]): Project {
  const config = join(directory, 'tsconfig.json');
  const compilerOptions = {
    module: 'nodenext',
    target: 'esnext',
    strict: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  return api.updateSnapshot({ openProjects: [config] }).getProject(config)!;
}

/** A part of a public type is public when it is not private to TypeScript or to the runtime. */
function isPublic(member: Symbol): boolean {
  return /^[a-z]\w*$/i.test(member.name) && (member.flags & SymbolFlags.TypeParameter) === 0;
}

/** Number, or a union with it. */
function isNumber(type: Type | undefined): boolean {
  if (type === undefined) return false;
  const parts = type.isUnionType() ? (type.getTypes() ?? []) : [type];
  return parts.some((part) => part.isIntrinsicType() && part.intrinsicName === 'number');
}

/** The module that a name stands for: `export * as name`, or its type `typeof import(…)`. */
function moduleBehind(symbol: Symbol, checker: Checker): Symbol | undefined {
  const candidates = [symbol, checker.getTypeOfSymbol(symbol)?.getSymbol()];
  return candidates.find((candidate) => candidate !== undefined && (candidate.flags & SymbolFlags.ValueModule) !== 0);
}

/** The public names of a module: its exports, and the members of those that are classes or interfaces. */
function* namesOf(module: Symbol, path: string, checker: Checker): Iterable<Name> {
  for (const exported of checker.getExportsOfModule(module)) {
    const isAlias = (exported.flags & SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    // A name that is handed on from Node has Node's own text.
    if (symbol.declarations.every(({ path: file }) => file.includes('node_modules'))) continue;
    const name = `${path}${exported.name}`;
    const group = moduleBehind(symbol, checker);
    if (group !== undefined) {
      yield* namesOf(group, `${name}.`, checker);
      continue;
    }
    yield { name, doc: symbol.getDocumentationComment(checker), isNumber: false, isOption: false };
    const isOption = /(?:Options|Spec|Settings)$/.test(exported.name);
    for (const member of symbol.getMembers().values()) {
      if (!isPublic(member)) continue;
      const doc = member.getDocumentationComment(checker);
      const type = checker.getTypeOfSymbol(member);
      yield { name: `${name}.${member.name}`, doc, isNumber: isNumber(type), isOption };
    }
  }
}

function namesBehind({ entryPoint, file }: Entry, project: Project): Name[] {
  const source = project.program.getSourceFile(file);
  const module = source && project.checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${entryPoint}: ${file} is no module of the program`);
  return [...namesOf(module, '', project.checker)];
}

/** Units of quantities that have one, and what is counted otherwise. */
const duration = /\b(?:milliseconds|seconds)\b/i;
const size = /\b(?:bytes|size in bytes)\b/i;
const count =
  /\b(?:number of|number from|factor|share|port|descriptor|permissions|connections|commands|callers|nodes|copies|value of a counter)\b/i;

/** What the name of an option says about its unit. */
const kinds: readonly (readonly [name: RegExp, unit: RegExp, called: string])[] = [
  [/(?:time|timeout|timemax|delay|interval|lifetime|lifespan|ttl)$/i, duration, 'milliseconds or seconds'],
  [/(?:bytes|size|output|line|key|value)$/i, size, 'bytes'],
  [/./, new RegExp(`${duration.source}|${size.source}|${count.source}`, 'i'), 'a unit, or what is counted'],
];

/** What is wrong with the text of a name, or undefined. */
function fault({ name, doc, isNumber: isQuantity, isOption }: Name): string | undefined {
  if (!/^\S.*[a-z].*[.!?]/is.test(doc)) return `${name}: has no sentence`;
  if (/\bSee the head\b|^See `/.test(doc)) return `${name}: sends the reader elsewhere`;
  if (!isQuantity || !isOption) return undefined;
  const kind = kinds.find(([pattern]) => pattern.test(name));
  return kind === undefined || kind[1].test(doc) ? undefined : `${name}: does not name ${kind[2]}: ${doc}`;
}

/** For our own bench alone, which its head says. */
const forBench = '@memfleet/cli/load';

const all = workspaces()
  .flatMap(entries)
  .filter(({ entryPoint }) => entryPoint !== forBench);
const project = programOf(all.map(({ file }) => file));

test('every entry point has declarations for import and for require', () => {
  expect(all.length).toBeGreaterThan(10);
  expect(new Set(all.map(({ file }) => extname(file)))).toEqual(new Set(['.ts', '.cts']));
});

test.each(all.map((entry) => ({ ...entry, shown: relative(root, entry.file) })))(
  '$entryPoint ($shown) says in the hover what each name is, and the unit of each number',
  (entry) => {
    const names = namesBehind(entry, project);
    // The smallest is one class as the default export.
    expect(names.length).toBeGreaterThan(0);
    expect(names.map(fault).filter((found) => found !== undefined)).toEqual([]);
  },
);

test('the rules find a missing sentence, a mere reference, and a number without a unit', () => {
  const option = { name: 'Options.idleTimeout', doc: 'How long it stays.', isNumber: true, isOption: true };
  expect(fault({ ...option, doc: '' })).toMatch('no sentence');
  expect(fault({ ...option, doc: 'See the head of this file.' })).toMatch('elsewhere');
  expect(fault({ ...option, doc: 'See `createClient`.' })).toMatch('elsewhere');
  expect(fault(option)).toMatch('does not name milliseconds or seconds');
  expect(fault({ ...option, doc: 'How long it stays, in milliseconds.' })).toBeUndefined();
  expect(fault({ ...option, name: 'Options.maxBytes', doc: 'The number of items.' })).toMatch('does not name bytes');
  expect(fault({ ...option, name: 'Options.nodes', doc: 'As many as there are.' })).toMatch('what is counted');
  expect(fault({ ...option, isOption: false })).toBeUndefined();
});

test('no doc comment of a source sends the reader to the head of its file', () => {
  const sources = workspaces()
    .map((folder) => join(root, folder, 'src'))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.ts'));
  expect(sources.length).toBeGreaterThan(100);
  expect(
    sources.filter((file) => /See the head of this file|\/\*\* See `\w+`\. \*\//.test(readFileSync(file, 'utf8'))),
  ).toEqual([]);
});
