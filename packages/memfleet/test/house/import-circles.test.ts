/**
 * No file imports itself through others, imports of types included: the linter's rule looks at values only. A circle of
 * types means that one of its files does not own the type that it declares.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const packages = fileURLToPath(new URL('../../../', import.meta.url));

/** `import … from './x.ts'`, `export … from './x.ts'`, `import './x.ts'`, `import('./x.ts')`; of types as well. */
const importsOfFiles = /\b(?:from|import)(?:\s+|\s*\(\s*)'(\.[^']+)'/g;

/** The imports of each file, by its path. */
type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf(directory: string): Graph {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return new Map(
    files.map((name) => {
      const path = join(directory, name);
      const specifiers = readFileSync(path, 'utf8').matchAll(importsOfFiles);
      return [path, [...specifiers].map(([, specifier = '']) => join(dirname(path), specifier))] as const;
    }),
  );
}

/** The circles of a graph: its strongly connected components of more than one file (Tarjan). */
function circlesOf(graph: Graph): string[][] {
  const circles: string[][] = [];
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const trail: string[] = [];
  const visit = (file: string): void => {
    const own = index.size;
    index.set(file, own);
    lowest.set(file, own);
    trail.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!index.has(next)) visit(next);
      // A file that has left the trail belongs to another component.
      if (trail.includes(next)) lowest.set(file, Math.min(lowest.get(file) ?? own, lowest.get(next) ?? own));
    }
    if (lowest.get(file) !== own) return;
    const component = trail.splice(trail.indexOf(file));
    if (component.length > 1 || graph.get(file)?.includes(file) === true) circles.push(component.toSorted());
  };
  for (const file of graph.keys()) visit(file);
  return circles;
}

describe('a circle of imports', () => {
  it.each(['memfleet', 'cli', 'demo', 'dropin-memcached', 'dropin-memjs'])(
    'does not exist in the sources of %s',
    (name) => {
      const sources = join(packages, name, 'src');
      const circles = circlesOf(graphOf(sources)).map((files) => files.map((file) => relative(sources, file)));
      expect(circles.map((files) => files.join(' ↔ '))).toEqual([]);
    },
  );

  it('is found when it leads through types and re-exports, and with it no file beside it', () => {
    const graph: Graph = new Map([
      ['a', ['b', 'x']],
      ['b', ['c']],
      ['c', ['a', 'x']],
      ['x', ['y']],
      ['y', []],
      ['self', ['self', 'a']],
    ]);
    expect(circlesOf(graph)).toEqual([['a', 'b', 'c'], ['self']]);
  });
});
