/**
 * dist/cjs/*.d.cts: the declarations of the CommonJS bundles. They declare nothing of their own: each name has the type
 * that it has for `import`, so that a client made in one kind of file fits into the other. What its comment says is
 * repeated, because editors look for it where the name is declared.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { API, SymbolFlags } from 'typescript/unstable/sync';
import { library, sourceOf } from './entries.mjs';

const declared = /^export (?:declare )?(?:abstract )?(?:class|interface|type) (\w+)(<[^>{]*>)?/gm;

/** The type parameters of every exported type, by name. @returns {Map<string, Set<string>>} */
function readTypes() {
  /** @type {Map<string, Set<string>>} */
  const types = new Map();
  const files = readdirSync(`${library}/dist`, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.d.ts')))
    for (const [, name = '', parameters = ''] of readFileSync(join(library, 'dist', file), 'utf8').matchAll(declared))
      types.set(name, (types.get(name) ?? new Set()).add(parameters));
  return types;
}

/**
 * What the comments of the exports of every entry point say, by name, one table for each entry point.
 *
 * @param {readonly import('./entries.mjs').Entry[]} entries @returns {Map<string, string>[]}
 */
function readComments(entries) {
  const api = new API({ cwd: process.cwd() });
  try {
    const config = resolve(library, 'tsconfig.json');
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (project === undefined) throw new Error(`no project ${config}`);
    const { checker, program } = project;
    return entries.map((entry) => {
      const source = program.getSourceFile(resolve(sourceOf(entry)));
      const module = source && checker.getSymbolAtLocation(source);
      if (module === undefined) throw new Error(`${entry.name} is no module of ${config}`);
      return new Map(
        checker.getExportsOfModule(module).map((exported) => {
          const isAlias = (exported.flags & SymbolFlags.Alias) !== 0;
          const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
          return [exported.name, symbol.getDocumentationComment(checker)];
        }),
      );
    });
  } finally {
    api.close();
  }
}

/**
 * A value that is a type as well (a class) is declared as both; all other types come by `export type *`.
 * @param {string} name @param {string} from @param {ReadonlySet<string> | undefined} types
 * @param {string} comment
 */
function declarationOf(name, from, types, comment) {
  const shown = comment === '' ? '' : `/**\n * ${comment.replaceAll('\n', '\n * ')}\n */\n`;
  if (name === 'default') return `${shown}declare const value: typeof ${from}.default;\nexport default value;\n`;
  const value = `${shown}export declare const ${name}: typeof ${from}.${name};\n`;
  if (types === undefined) return value;
  const [parameters = '', ...others] = types;
  if (others.length > 0) throw new Error(`two exported types are named ${name}, with different parameters`);
  const names = parameters.replaceAll(/ (?:extends|=) [^,>]*/g, '');
  return `${value}export type ${name}${parameters} = ${from}.${name}${names};\n`;
}

/** @param {readonly import('./entries.mjs').Entry[]} entries */
export async function writeDeclarations(entries) {
  const types = readTypes();
  const comments = readComments(entries);
  for (const [at, { esm, cjs }] of entries.entries()) {
    const path = relative(dirname(cjs.types), esm.default);
    const mode = `with { 'resolution-mode': 'import' }`;
    const from = `import('${path}', { ${mode.replace('with', 'with:')} })`;
    const module = await import(pathToFileURL(resolve(library, esm.default)).href);
    const values = Object.keys(module).map((name) =>
      declarationOf(name, from, types.get(name), comments[at]?.get(name) ?? ''),
    );
    writeFileSync(join(library, cjs.types), `export type * from '${path}' ${mode};\n${values.join('')}`);
  }
}
