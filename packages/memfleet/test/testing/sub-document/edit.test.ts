/** Commands on one path of a text. Statuses and results are those of subjson, the library of Couchbase Server. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { subStatus } from '../../../src/core/sub-status.ts';
import { couchbaseOpcode } from '../../../src/protocol/binary/couchbase-opcodes.ts';
import { executeEdit } from '../../../src/testing/cluster/sub-document/edit.ts';
import { PathFailure } from '../../../src/testing/cluster/sub-document/path-failure.ts';

const opcodes = {
  get: couchbaseOpcode.subdocGet,
  exists: couchbaseOpcode.subdocExists,
  count: couchbaseOpcode.subdocGetCount,
  add: couchbaseOpcode.subdocDictAdd,
  set: couchbaseOpcode.subdocDictUpsert,
  remove: couchbaseOpcode.subdocDelete,
  replace: couchbaseOpcode.subdocReplace,
  push: couchbaseOpcode.subdocArrayPushLast,
  unshift: couchbaseOpcode.subdocArrayPushFirst,
  insert: couchbaseOpcode.subdocArrayInsert,
  unique: couchbaseOpcode.subdocArrayAddUnique,
  incr: couchbaseOpcode.subdocCounter,
} as const;
type Verb = keyof typeof opcodes;

const bytes = (text: string): string => Buffer.from(text).toString('latin1');
const text = (byteString: string): string => Buffer.from(byteString, 'latin1').toString();

/** The new document, or the result of a lookup; else the status. */
function run(verb: Verb, document: string, path: string, value = '', createPath = false): string | number {
  try {
    const edited = executeEdit(opcodes[verb], bytes(document), { path: bytes(path), value: bytes(value), createPath });
    return text(['get', 'exists', 'count'].includes(verb) ? edited.result : edited.text);
  } catch (error) {
    if (error instanceof PathFailure) return error.status;
    throw error;
  }
}

test.each([
  ['{"a": {"b": [1, {"c": "x"} ]}}', 'a.b[1].c', '"x"'],
  ['{"a": {"b": [1, {"c": "x"} ]}}', 'a.b[-1]', '{"c": "x"}'],
  ['{"a": 12345678901234567890.10}', 'a', '12345678901234567890.10'],
  ['{"a.b":1,"a":{"b":2}}', '`a.b`', '1'],
  ['{"a`b":1}', 'a``b', '1'],
  ['{"a`b":1}', '`a``b`', '1'],
  ['{"q\\"q":1}', 'q\\"q', '1'],
  ['{"\\u00e9":1}', 'é', '1'],
  ['{"\\ud83d\\ude00":1}', '😀', '1'],
  ['[[1,2],[3]]', '[1][0]', '3'],
  ['[5]', '[]', '5'],
  ['{"a":{"b":1}}', 'a.', '{"b":1}'],
  ['{"a":1}', 'b', subStatus.pathNotFound],
  ['[1]', '[1]', subStatus.pathNotFound],
  ['[]', '[-1]', subStatus.pathNotFound],
  ['{"a":1}', 'a.b', subStatus.pathMismatch],
  ['{"a":1}', '[0]', subStatus.pathMismatch],
  ['["x"]', '[-1].b', subStatus.notJson],
  ['{}', 'a[', subStatus.pathInvalid],
  ['{}', 'a]', subStatus.pathInvalid],
  ['{}', 'a[x]', subStatus.pathInvalid],
  ['{}', 'a[-2]', subStatus.pathInvalid],
  ['{}', 'a[0]b', subStatus.pathInvalid],
  ['{}', '.a', subStatus.pathInvalid],
  ['{}', 'a..b', subStatus.pathInvalid],
  ['{}', '`a', subStatus.pathInvalid],
  ['{}', 'a"b', subStatus.pathInvalid],
  ['{}', '\\u0061', subStatus.pathInvalid],
  ['{}', 'a\\', subStatus.pathInvalid],
  ['{}', 'a\n', subStatus.pathInvalid],
  ['{}', 'a\x1f', subStatus.pathInvalid],
  ['{}', `[${'9'.repeat(30)}]`, subStatus.pathInvalid],
  ['[]', `[${'9'.repeat(18)}]`, subStatus.pathNotFound],
  ['{}', Array(31).fill('a').join('.'), subStatus.pathNotFound],
  ['{}', Array(32).fill('a').join('.'), subStatus.pathTooBig],
] as const)('get: %s at %s is %s', (document, path, result) => {
  expect(run('get', document, path)).toBe(result);
});

test.each([
  ['count', '{"a":[1,[2,3],{"b":4}]}', 'a', '', '3'],
  ['count', '{"a":1,"b":2}', '', '', '2'],
  ['count', '{"a":"text"}', 'a', '', subStatus.pathMismatch],
  ['exists', '{"a":null}', 'a', '', ''],
  ['set', '{ "a" : 1 }', 'a', '[2]', '{ "a" : [2] }'],
  ['set', '{ "a" : 1 }', 'b', '2', '{ "a" : 1 ,"b":2}'],
  ['set', '{ }', 'b', '2', '{ "b":2}'],
  ['set', '[1]', '[0]', '2', subStatus.pathInvalid],
  ['set', '{}', '', '2', subStatus.cannotInsert],
  ['set', '{}', 'a', 'no', subStatus.cannotInsert],
  ['set', '{}', 'a', '1,"b":2', subStatus.cannotInsert],
  ['replace', '[1]', '[0]', '1,"b":2', subStatus.cannotInsert],
  ['set', '{}', 'a.b', '1', subStatus.pathNotFound],
  ['add', '{"a":1}', 'a', '2', subStatus.pathExists],
  ['replace', '[1, 2]', '[1]', '3', '[1, 3]'],
  ['replace', '{}', 'a', '3', subStatus.pathNotFound],
  ['remove', '{"a":1, "b":2}', 'a', '', '{ "b":2}'],
  ['remove', '{"a":1 , "b":2 }', 'b', '', '{"a":1  }'],
  ['remove', '[ 1 ]', '[0]', '', '[  ]'],
  ['remove', '[1,2,3]', '[-1]', '', '[1,2]'],
  ['push', '{"a":[ ]}', 'a', '1,2', '{"a":[1,2]}'],
  ['push', '{"a":[1 ]}', 'a', '2', '{"a":[1 ,2]}'],
  ['push', '[ 1 ] ', '', '2', '[ 1,2]'],
  ['push', '{}', '', '2', subStatus.pathMismatch],
  ['push', '{"a":{}}', 'a', '2', subStatus.pathMismatch],
  ['unshift', '[1]', '', '0', '[0,1]'],
  ['unshift', '{"a":[]}', 'a', '0', '{"a":[0]}'],
  ['insert', '[1,3]', '[1]', '2', '[1,2,3]'],
  ['insert', '[1]', '[1]', '2', '[1,2]'],
  ['insert', '[1]', '[2]', '2', subStatus.pathNotFound],
  ['insert', '[1]', '[-1]', '2', subStatus.pathInvalid],
  ['unique', '["a"]', '', '"b"', '["a","b"]'],
  ['unique', '["a"]', '', '"a"', subStatus.pathExists],
  ['unique', '[[]]', '', '"a"', subStatus.pathMismatch],
  ['unique', '[]', '', '[1]', subStatus.cannotInsert],
  ['incr', '{"n":9007199254740993}', 'n', '1', '{"n":9007199254740994}'],
  ['incr', '{"n":-1}', 'n', '-1', '{"n":-2}'],
  ['incr', '{}', 'n', '-5', '{"n":-5}'],
  ['incr', '{"n":9223372036854775807}', 'n', '1', subStatus.cannotInsert],
  ['incr', '{"n":9223372036854775808}', 'n', '1', subStatus.numberOutOfRange],
  ['incr', '{"n":1.5}', 'n', '1', subStatus.pathMismatch],
  ['incr', '{"n":1}', 'n', '0', subStatus.deltaInvalid],
  ['incr', '{"n":1}', 'n', '1.5', subStatus.deltaInvalid],
] as const)('%s: %s at "%s" with %s is %s', (verb, document, path, value, result) => {
  expect(run(verb, document, path, value)).toBe(result);
});

test.each([
  ['set', '{"a":1}', 'b.c.d', '2', '{"a":1,"b":{"c":{"d":2}}}'],
  ['push', '{}', 'a.b', '1,2', '{"a":{"b":[1,2]}}'],
  ['unshift', '{}', 'a', '1', '{"a":[1]}'],
  ['unique', '{}', 'a', '1', '{"a":[1]}'],
  ['incr', '{}', 'a.b', '1', '{"a":{"b":1}}'],
  ['set', '{}', 'a[0].b', '1', subStatus.pathNotFound],
  ['set', '{"a":1}', 'a.b', '1', subStatus.pathMismatch],
] as const)('with the path created, %s: %s at %s with %s is %s', (verb, document, path, value, result) => {
  expect(run(verb, document, path, value, true)).toBe(result);
});

test('names and texts of any length are passed over', () => {
  const long = `{"${'\\u0061'.repeat(30_000)}":"${'\\"'.repeat(4_500_000)}","b":1}`;
  expect(run('get', long, 'b')).toBe('1');
  expect(run('set', long, 'b', '2') === `${long.slice(0, -2)}2}`).toBe(true);
});

test('documents and values that are too deep are refused, however deep they are', () => {
  for (const depth of [33, 1000, 100_000]) {
    const deep = '['.repeat(depth) + ']'.repeat(depth);
    expect(run('get', `{"a":${deep},"b":1}`, 'b')).toBe(subStatus.documentTooDeep);
    expect(run('set', '{}', 'a', deep)).toBe(subStatus.valueTooDeep);
  }
});

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const names = fc.constantFrom('a', 'b', 'é', 'x.y', 'c[0]', 'q"q', '`', 's\\s');
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(null, true, 7, -3, 'text', 'é"\\', ''),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(names, tie('json'), { maxKeys: 3 }),
  ),
}));
const quoted = (name: string): string => `\`${JSON.stringify(name).slice(1, -1).replaceAll('`', '``')}\``;

/** Every path of a document with its value. */
function pathsOf(value: Json, path = ''): [path: string, value: Json][] {
  const here: [string, Json][] = [[path, value]];
  if (Array.isArray(value)) return here.concat(value.flatMap((entry, i) => pathsOf(entry, `${path}[${i}]`)));
  if (typeof value !== 'object' || value === null) return here;
  const members = Object.entries(value);
  return here.concat(
    members.flatMap(([name, member]) => pathsOf(member, path === '' ? quoted(name) : `${path}.${quoted(name)}`)),
  );
}

describe('any document', () => {
  const root = json.filter((value) => typeof value === 'object' && value !== null);
  const indent = fc.constantFrom(undefined, 1, '\t');

  test('every path leads to its value', () => {
    fc.assert(
      fc.property(root, indent, (document, spaces) => {
        const written = JSON.stringify(document, undefined, spaces);
        for (const [path, value] of pathsOf(document).slice(1)) {
          expect(JSON.parse(run('get', written, path) as string)).toEqual(value);
          const size = typeof value === 'object' && value !== null ? String(Object.keys(value).length) : 193;
          expect(run('count', written, path)).toBe(size);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('what replaces a value leaves all other bytes as they were', () => {
    fc.assert(
      fc.property(root, indent, json, fc.nat(), (document, spaces, value, seed) => {
        const paths = pathsOf(document).slice(1);
        fc.pre(paths.length > 0);
        const [path] = paths[seed % paths.length]!;
        const written = JSON.stringify(document, undefined, spaces).replaceAll('7', '12345678901234567890');
        const old = run('get', written, path) as string;
        const marked = run('replace', written, path, '"the mark"') as string;
        const at = marked.indexOf('"the mark"');
        const replaced = run('replace', written, path, JSON.stringify(value)) as string;
        expect(replaced).toBe(marked.slice(0, at) + JSON.stringify(value) + marked.slice(at + '"the mark"'.length));
        expect(run('replace', replaced, path, old)).toBe(written);
      }),
      { numRuns: 300 },
    );
  });

  test('removals, additions and pushes are those of a model, and undo each other', () => {
    fc.assert(
      fc.property(root, indent, fc.nat(), (document, spaces, seed) => {
        const written = JSON.stringify(document, undefined, spaces);
        const paths = pathsOf(document);
        const [path, value] = paths[seed % paths.length]!;
        if (Array.isArray(value)) {
          const pushed = run('push', written, path, '1,"x"') as string;
          expect(JSON.parse(pushed)).toEqual(changed(document, value, [...value, 1, 'x']));
          const first = run('unshift', written, path, '0') as string;
          expect(JSON.parse(first)).toEqual(changed(document, value, [0, ...value]));
          const twice = run('remove', run('remove', pushed, `${path}[-1]`) as string, `${path}[-1]`) as string;
          expect(JSON.parse(twice)).toEqual(document);
        } else if (typeof value === 'object' && value !== null) {
          const at = path === '' ? 'new' : `${path}.new`;
          const added = run('add', written, at, '{"n":1}') as string;
          expect(JSON.parse(added)).toEqual(changed(document, value, { ...value, new: { n: 1 } }));
          expect(run('remove', added, at)).toBe(written);
        }
        if (path !== '') {
          const removed = run('remove', written, path) as string;
          expect(() => JSON.parse(removed) as unknown).not.toThrow();
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** The document with one of its containers, the same object, replaced. */
function changed(document: Json, from: Json, to: Json): Json {
  if (document === from) return to;
  if (Array.isArray(document)) return document.map((entry) => changed(entry, from, to));
  if (typeof document !== 'object' || document === null) return document;
  return Object.fromEntries(Object.entries(document).map(([name, value]) => [name, changed(value, from, to)]));
}
