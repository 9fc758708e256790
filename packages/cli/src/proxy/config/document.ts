/** A YAML or JSON text with the places of its values. JSON is read as YAML, of which it is a part. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument as parseYaml,
  visit,
  type YAMLMap,
} from 'yaml';
import { ConfigError, type ConfigProblem, formatPath, type Path, type Position } from './problem.ts';

/** A YAML or JSON document with the positions of its values. */
export interface ConfigDocument {
  readonly file: string;
  /** Plain objects, arrays, texts, numbers … */
  readonly value: unknown;
  /**
   * The problem with the value at a path. It is placed where the value stands, or as near as there is something;
   * `isKey`: where its key stands.
   */
  readonly problem: (path: Path, message: string, isKey?: boolean) => ConfigProblem;
}

/** Reads a text. Throws ConfigError. */
export function parseDocument(text: string, file: string): ConfigDocument {
  const lines = new LineCounter();
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const document = parseYaml(text, { lineCounter: lines, merge: true, prettyErrors: false });
  // What comes after a fault at the same place follows from it.
  const faults = [...document.errors, ...document.warnings].filter(
    ({ pos }, index, all) => all[index - 1]?.pos[0] !== pos[0],
  );
  if (faults.length > 0) {
    throw new ConfigError(
      faults.map(({ code, message, pos }) => ({
        file,
        position: place(pos[0]),
        key: '',
        message: wordings[code] ?? message,
      })),
    );
  }
  // YAML 1.2 reads 0660 as 660. Where a number has a leading zero, it is left to the reader of the value as the text
  // that it is.
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'number' && /^0o?[0-7]+$/.test(scalar.source ?? '')) scalar.value = scalar.source;
    },
  });
  const root = document.contents as Node | null;
  const find = (path: Path, isKey: boolean): Position =>
    place(startOf(root, path, isKey, (node) => (isAlias(node) ? node.resolve(document) : node)));
  return {
    file,
    value: toPlain(() => document.toJS() as unknown, file),
    problem: (path, message, isKey = false) => ({
      file,
      position: find(path, isKey),
      key: formatPath(path),
      message,
    }),
  };
}

/** What the parser says, in words for operators. */
const wordings: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key is there twice',
  MULTIPLE_DOCS: 'there must be one document only',
  TAB_AS_INDENT: 'indent with spaces, not with tabs',
};

/** Aliases may not be resolvable, or too many. */
function toPlain(convert: () => unknown, file: string): unknown {
  try {
    return convert();
  } catch (error) {
    throw new ConfigError([{ file, position: undefined, key: '', message: (error as Error).message }]);
  }
}

type Resolve = (node: unknown) => unknown;

/** The offset at which the value of a path, or its key, begins. */
function startOf(root: Node | null, path: Path, isKey: boolean, resolve: Resolve): number {
  let start = root?.range?.[0] ?? 0;
  let node: unknown = root;
  for (const [depth, key] of path.entries()) {
    node = resolve(node);
    if (isMap(node)) {
      const pair = pairOf(node, key, resolve);
      if (pair === undefined) break;
      const { key: name, value } = pair as Pair<Node, Node | null>;
      const wantsKey = isKey && depth === path.length - 1;
      // An empty value has no place of its own.
      const hasValue = value !== null && !(isScalar(value) && value.range?.[0] === value.range?.[1]);
      start = (hasValue && !wantsKey ? value : name).range?.[0] ?? start;
      node = value;
    } else if (isSeq(node)) {
      node = node.items[key as number];
      if (node === undefined) break;
      start = (node as Node).range?.[0] ?? start;
    } else break;
  }
  return start;
}

function pairOf(map: YAMLMap, key: string | number, resolve: Resolve): Pair | undefined {
  const own = map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
  if (own !== undefined) return own;
  // Keys that were merged in (`<<: *base`) stand elsewhere.
  for (const pair of map.items) {
    if (!isScalar(pair.key) || pair.key.source !== '<<') continue;
    const merged = resolve(pair.value);
    for (const source of isSeq(merged) ? merged.items.map(resolve) : [merged]) {
      const found = isMap(source) ? pairOf(source, key, resolve) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
