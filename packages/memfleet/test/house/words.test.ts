/**
 * The dictionary of the house: the words that CONTRIBUTING.md retires occur in no name, comment, document or test
 * title.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Dictionary {
  readonly names: ReadonlyMap<string, string>;
  readonly wholeNames: ReadonlyMap<string, string>;
  readonly phrases: readonly unknown[];
  readonly judgeName: (name: string) => string | undefined;
  readonly judgeText: (text: string) => string[];
}

// Types of .mjs files are checked in scripts/ only.
const location = new URL('../../../../scripts/lint/words.mjs', import.meta.url).href;
const { judgeName, judgeText, names, phrases, wholeNames } = (await import(location)) as Dictionary;

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const files = execFileSync('git', ['ls-files', '*.ts', '*.mjs', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter(
    (file) => file !== '' && !file.startsWith('CHANGELOG') && !/lint\/words\.mjs$|house\/words\.test\.ts$/u.test(file),
  );

/** The titles of tests and their groups, also those of tables. */
function titlesOf(text: string): string[] {
  return text.match(/(?:\b(?:it|test|describe)(?:\.\w+)*\(|\)\()\s*(['"`])(?:(?!\1).)*\1/gu) ?? [];
}

/** The prose of a source file: its comments, and the titles of its tests. */
function proseOf(file: string, text: string): string {
  if (file.endsWith('.md')) return text;
  const comments = text.match(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/ .*$/gmu) ?? [];
  return [...comments, ...titlesOf(text)].join('\n');
}

describe('the dictionary', () => {
  it('is respected by every comment, document and test title', () => {
    const found = files.flatMap((file) => {
      const lines = proseOf(file, readFileSync(`${root}${file}`, 'utf8')).split('\n');
      return lines.flatMap((line) => judgeText(line).map((message) => `${file}: ${message}: ${line.trim()}`));
    });
    expect(found).toEqual([]);
  });

  it('calls a message from a node a reply in every test title', () => {
    const tests = files.filter((file) => file.endsWith('.test.ts'));
    const titles = tests.flatMap((file) => titlesOf(readFileSync(`${root}${file}`, 'utf8')));
    expect(titles.length).toBeGreaterThan(1500);
    expect(titles.filter((title) => /\banswer/iu.test(title))).toEqual([]);
  });

  it('is respected by every file name', () => {
    const found = files.filter((file) => file.includes('/src/')).flatMap((file) => judgeName(file) ?? []);
    expect(found).toEqual([]);
  });

  it.each(['outbox', '#intake', 'PoolIntake', 'KeysUnderWay', 'upstreamNodes'])('refuses the name %s', (name) => {
    expect(judgeName(name)).toMatch(/: say /u);
  });

  it.each(['replyBuffer', 'intakes', 'streams', 'backlog', '#letters'])('accepts the name %s', (name) => {
    expect(judgeName(name)).toBeUndefined();
  });

  it('stands in CONTRIBUTING.md, every word of it', () => {
    const text = readFileSync(`${root}CONTRIBUTING.md`, 'utf8');
    const words = [...names.keys(), ...wholeNames.keys()];
    expect(words.filter((word) => !text.includes(`\`${word}\``))).toEqual([]);
    expect(phrases.length).toBeGreaterThan(0);
  });
});
