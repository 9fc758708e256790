/**
 * The import rows are lint errors. The real configuration is run over a small tree of wrong and right imports; a rule
 * that reports nothing (a plugin that is not loaded, a pattern that matches no path) fails here.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

interface Diagnostic {
  readonly code: string;
  readonly message: string;
  readonly filename: string;
}

interface Case {
  readonly file: string;
  readonly source: string;
  /** What the message must hold; undefined = the file is right. */
  readonly says?: RegExp;
}

const library = 'packages/memfleet/src/';

const imports: readonly Case[] = [
  {
    file: 'base/a.ts',
    source: `export * from '../protocol/codec.ts';`,
    says: /base \(row 0\) must not see protocol \(row 2\)/,
  },
  {
    file: 'core/command.ts',
    source: `import type { X } from '../connection/x.ts';`,
    says: /core \(row 1\) must not see connection \(row 3\)/,
  },
  { file: 'core/b.ts', source: `export * from '../net/x.ts';`, says: /both on row 1/ },
  { file: 'store/b.ts', source: `export * from '../protocol/x.ts';`, says: /both on row 2/ },
  {
    file: 'protocol/text/a.ts',
    source: `import type { X } from '../../session/x.ts';`,
    says: /protocol \(row 2\) must not see session/,
  },
  { file: 'connection/a.ts', source: `export * from '../session/x.ts';`, says: /both on row 3/ },
  { file: 'store/a.ts', source: `export * from '../pool/x.ts';`, says: /store \(row 2\) must not see pool \(row 4\)/ },
  {
    file: 'pool/a.ts',
    source: `export const x = await import('../cluster/x.ts');`,
    says: /pool \(row 4\) must not see cluster/,
  },
  {
    file: 'cluster/a.ts',
    source: `export type X = import('../couchbase/x.ts').X;`,
    says: /cluster \(row 5\) must not see couchbase/,
  },
  { file: 'fleet/a.ts', source: `export { x } from '../client/x.ts';`, says: /fleet \(row 7\) must not see client/ },
  { file: 'client/a.ts', source: `export * from '../proxy/x.ts';`, says: /both on row 8/ },
  { file: 'server/a.ts', source: `export * from '../proxy/x.ts';`, says: /server \(row 4\) must not see proxy/ },
  { file: 'proxy/a.ts', source: `export * from '../cache/x.ts';`, says: /proxy \(row 8\) must not see cache/ },
  { file: 'cache/a.ts', source: `export * from '../adapters/x.ts';`, says: /cache \(row 9\) must not see adapters/ },
  { file: 'client/b.ts', source: `export * from '../index.ts';`, says: /must not see index\.ts/ },
  { file: 'pool/b.ts', source: `export * from '../helpers/x.ts';`, says: /helpers has no row/ },
  { file: 'pool/c.ts', source: `export * from '../../test/x.ts';`, says: /outside of src/ },
  { file: 'pool/d.ts', source: `import { connect } from 'node:net';`, says: /sockets belong to net/ },
  { file: 'protocol/b.ts', source: `import type { Socket } from 'node:net';`, says: /sockets belong to net/ },
  { file: 'session/a.ts', source: `import { createServer } from 'node:net';`, says: /take a Network/ },
  { file: 'testing/a.ts', source: `import { connect } from 'node:tls';`, says: /take a Network/ },
  { file: 'couchbase/a.ts', source: `import { request } from 'node:http';`, says: /config sources/ },
  { file: 'couchbase/b.ts', source: `import { lookup } from 'node:dns/promises';`, says: /Resolver/ },
  { file: 'testing/relay/right.ts', source: `import { connect } from 'node:net';\nexport { connect };` },
  { file: 'client/c.ts', source: `import ms from 'ms';`, says: /no dependencies/ },
  { file: 'client/d.ts', source: `import { version } from 'memfleet';`, says: /no dependencies/ },
  { file: 'observe/right.ts', source: `export * from '../core/errors.ts';` },
  {
    file: 'session/system-port.ts',
    source: `import { createServer } from 'node:net';\nexport * from '../protocol/text/codec.ts';\nexport { createServer };`,
  },
  {
    file: 'pool/right.ts',
    source: `import type { Socket } from 'node:net';\nexport * from '../net/x.ts';\nexport type { Socket };`,
  },
  { file: 'fleet/assemble.ts', source: `export * from '../policy/retry.ts';\nexport * from '../cluster/cluster.ts';` },
  { file: 'testing/right.ts', source: `export * from '../server/x.ts';\nexport * from './contract.ts';` },
  { file: 'index.ts', source: `export * from './client/client.ts';` },
];

const otherPackages: readonly Case[] = [
  { file: '../../cli/src/a.ts', source: `export * from '../../memfleet/src/index.ts';`, says: /public entry points/ },
  { file: '../../demo/src/a.ts', source: `export * from '../../cli/src/program.ts';`, says: /public entry points/ },
  { file: '../../demo/src/text/right.ts', source: `export * from '../b.ts';\nexport * from 'memfleet';` },
];

const house: readonly Case[] = [
  { file: 'net/time-a.ts', source: `export const t = () => setTimeout(() => undefined, 1);`, says: /take a Clock/ },
  { file: 'store/time-b.ts', source: `export const t = () => Date.now();`, says: /take a Clock/ },
  { file: 'hash/time-c.ts', source: `export async function f(): Promise<void> {}`, says: /waits for nothing/ },
  { file: 'net/time-d.ts', source: `export const t = () => queueMicrotask(() => undefined);`, says: /take a Clock/ },
  { file: 'net/time-e.ts', source: `export const t = () => setImmediate(() => undefined);`, says: /take a Clock/ },
  { file: 'net/time-f.ts', source: `export const t = () => process.nextTick(() => undefined);`, says: /take a Clock/ },
  { file: 'net/time-g.ts', source: `export const t = () => process.hrtime();`, says: /take a Clock/ },
  { file: 'testing/time.ts', source: `export const t = () => performance.now();`, says: /take a Clock/ },
  {
    file: 'base/time-h.ts',
    source: `import { setImmediate } from './real-time.ts';\nexport const t = () => setImmediate(() => undefined);`,
  },
  { file: 'pool/chance-a.ts', source: `export const draw = Math.random;`, says: /take a source of random numbers/ },
  { file: 'cache/chance-b.ts', source: `export const id = () => crypto.randomUUID();`, says: /take a source/ },
  {
    file: 'testing/chance-c.ts',
    source: `import { createHash, randomBytes } from 'node:crypto';\nexport { createHash, randomBytes };`,
    says: /^randomBytes is named in base\/chance\.ts only/,
  },
  { file: 'adapters/chance-d.ts', source: `import { createHash } from 'node:crypto';\nexport { createHash };` },
  { file: 'base/chance.ts', source: `export const draw = (): number => Math.random();` },
  { file: 'base/real-time.ts', source: `export const t = () => Date.now();` },
  {
    file: 'pool/shape-a.ts',
    source: `import { B } from './b.ts';\nexport class A extends B {}`,
    says: /Nothing inherits but errors/,
  },
  { file: 'errors.ts', source: `export class A extends Error {}` },
  { file: 'pool/utils.ts', source: `export const a = 1;`, says: /says nothing/ },
  { file: 'proxy/shape-b.ts', source: `export const upstreamNode = 1;`, says: /say node/ },
];

const cycle: readonly Case[] = [
  {
    file: 'pool/cycle-a.ts',
    source: `import { b } from './cycle-b.ts';\nexport const a = (): number => b();`,
    says: /cycle/,
  },
  {
    file: 'pool/cycle-b.ts',
    source: `import { a } from './cycle-a.ts';\nexport const b = (): number => a();`,
    says: /cycle/,
  },
];

let tree = '';
let found: readonly Diagnostic[] = [];

/** Runs the linter over the tree; exit code 1 is what it is expected to give. */
function lint(directory: string): Promise<string> {
  return new Promise((resolve) => {
    const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
    execFile(process.execPath, [oxlint, '--format=json'], { cwd: directory, maxBuffer: 1 << 24 }, (_, out) =>
      resolve(out),
    );
  });
}

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'memfleet-rows-'));
  const config = JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8'));
  config.jsPlugins = [join(root, 'scripts/lint/plugin.mjs')];
  config.options.typeAware = false;
  await writeFile(join(tree, '.oxlintrc.json'), JSON.stringify(config));
  await Promise.all(
    [...imports, ...otherPackages, ...house, ...cycle].map(async ({ file, source }) => {
      await mkdir(dirname(join(tree, library, file)), { recursive: true });
      await writeFile(join(tree, library, file), `${source}\n`);
    }),
  );
  found = JSON.parse(await lint(tree)).diagnostics;
});

afterAll(() => rm(tree, { recursive: true, force: true }));

/** What a rule says about a file of the tree. */
function said(code: string, file: string): string[] {
  return found.filter((d) => d.code.startsWith(code) && d.filename.endsWith(join(library, file))).map((d) => d.message);
}

describe.each([
  ['the import rows', 'memfleet(import-rows)', imports],
  ['imports from the sources of another package', 'memfleet(import-rows)', otherPackages],
  ['the shape of the house', 'memfleet(', house],
  ['cycles', 'import(no-cycle)', cycle],
] as const)('%s are lint errors', (_, code, cases) => {
  test.each(cases.map((c) => ({ name: `${c.file}: ${c.source.replaceAll('\n', ' ')}`, ...c })))(
    '$name',
    ({ file, says }) => {
      if (says === undefined) expect(said(code, file)).toEqual([]);
      else expect(said(code, file).join('\n')).toMatch(says);
    },
  );
});
