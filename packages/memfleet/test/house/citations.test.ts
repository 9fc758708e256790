/**
 * What comments cite is there: a document with its section, a figure of docs/performance.md by its name. And
 * figures that were measured stand in docs/performance.md alone.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

interface Comment {
  readonly file: string;
  /** In one line, without asterisks. */
  readonly text: string;
}

/** The comments of a source. */
function commentsOf(file: string): Comment[] {
  const found = readFileSync(join(root, file), 'utf8').match(/\/\*[^]*?\*\/|(?:^[ \t]*\/\/.*\n?)+/gm) ?? [];
  return found.map((comment) => ({ file, text: comment.replaceAll(/\s*\n\s*(?:\*|\/\/)?\s*/g, ' ') }));
}

function sources(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:ts|mjs)$/.test(file) && !/(?:^|\/)(?:dist|node_modules)\//.test(file))
      .map((file) => join(folder, file)),
  );
}

/** The anchor of a heading, as code hosts make it. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function anchors(document: string): Set<string> {
  const text = readFileSync(join(root, document), 'utf8').replaceAll(/^```[^]*?^```/gm, '');
  return new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading)));
}

/** What is wrong with the citations of a comment. */
function faults({ file, text }: Comment): string[] {
  const documents = [...text.matchAll(/\bdocs\/[\w-]+\.md(?:#([\w-]+)|, "([^"]+)")?/g)].flatMap(
    ([whole, section, figure]) => {
      const document = whole.replace(/(?:#|, ").*/s, '');
      if (!existsSync(join(root, document))) return [`${file}: ${document} does not exist`];
      if (section !== undefined && !anchors(document).has(section)) return [`${file}: ${whole} does not exist`];
      if (figure !== undefined && !readFileSync(join(root, document), 'utf8').includes(`\n| ${figure} |`))
        return [`${file}: ${document} has no figure "${figure}"`];
      return [];
    },
  );
  const missing = /\b(?:systems-and-protocols|performance [A-Z]\.\d|DESIGN\.md)\b/.exec(text);
  return missing === null ? documents : [...documents, `${file}: cites ${missing[0]}, which is not in the repository`];
}

/** A time or share that somebody measured. */
const figure =
  /\b\d[\d.,]*(?: ?[–-] ?\d[\d.]*)? ?(?:ns|µs)\b|\bns (?:a|per) \w|\b\d+ ?% (?:less|more|of (?:a|its|the) (?:get|set|call|slice))\b/;

const library = sources(
  'packages/memfleet/src',
  'packages/cli/src',
  'packages/demo/src',
  'packages/dropin-memcached/src',
  'packages/dropin-memjs/src',
  'packages/memcached-server/src',
);
const everything = [
  ...library,
  ...sources(
    'packages/memfleet/test',
    'packages/cli/test',
    'packages/demo/test',
    'packages/memcached-server/test',
    'bench/src',
    'bench/test',
    'fuzz/src',
    'scripts',
  ),
];

test('every document, section and figure that a comment cites exists', () => {
  const comments = everything.flatMap(commentsOf);
  expect(comments.filter(({ text }) => text.includes('docs/protocols.md#')).length).toBeGreaterThan(20);
  expect(comments.flatMap(faults)).toEqual([]);
});

test('comments of the library name measured figures and do not repeat them', () => {
  const found = library.flatMap(commentsOf).filter(({ text }) => figure.test(text));
  expect(found).toEqual([]);
});

test('every figure that docs/performance.md lists by name is cited somewhere', () => {
  const [, list = ''] = readFileSync(join(root, 'docs/performance.md'), 'utf8').split('## Figures by name');
  const names = [...list.matchAll(/^\| (?!name|-)([^|]+?) \|/gm)].map(([, name = '']) => name);
  const cited = library
    .flatMap(commentsOf)
    .map(({ text }) => text)
    .join('\n');
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !cited.includes(`docs/performance.md, "${name}"`))).toEqual([]);
});

describe('the rules find', () => {
  test.each([
    ['a document that is missing', 'See docs/nowhere.md.', /docs\/nowhere\.md does not exist/],
    ['a section that is missing', 'See docs/protocols.md#nowhere.', /#nowhere does not exist/],
    ['a figure that is missing', 'It saves much (docs/performance.md, "nothing").', /no figure "nothing"/],
    ['a document of another place', 'As in systems-and-protocols 6.4.', /not in the repository/],
  ])('%s', (_, text, says) => {
    expect(faults({ file: 'a.ts', text }).join()).toMatch(says);
  });
  test.each(['costs 13 ns', '35–50 ns a command', '20 % more replies', '3 % of a get'])('a figure: %s', (text) => {
    expect(text).toMatch(figure);
  });
});
