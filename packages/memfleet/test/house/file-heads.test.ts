/** The comment at the head of a file, with its drawing, is the first thing in the file. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const files = execFileSync('git', ['ls-files', '*.ts'], { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);

/** Is there a comment block between the imports, or detached behind them, where sorting the imports has moved it? */
function hasMovedHead(text: string): boolean {
  if (text.startsWith('/**')) return false;
  const comment = /(?:^|\n)\/\*\*[\s\S]*?\*\/\n(?=import |export (?:type )?\{|export \*|\n)/u.exec(text);
  if (comment === null) return false;
  const before = text.slice(0, comment.index);
  return before !== '' && before.replaceAll(/(?:^|\n)(?:import|export)[\s\S]*?;(?=\n|$)/gu, '').trim() === '';
}

it('the head of a file stands before its imports', () => {
  expect(files.filter((file) => hasMovedHead(readFileSync(`${root}${file}`, 'utf8')))).toEqual([]);
});

it.each([
  ["/** Head. */\nimport a from 'a';\n\n/** A. */\nexport const b = a;\n", false],
  ["import a from 'a';\n/** Head. */\nimport b from 'b';\n", true],
  ["import a from 'a';\n/** Head. */\n\n/** C. */\nexport const c = a;\n", true],
  ["import a from 'a';\n\n/** C. */\nexport const c = a;\n", false],
])('%j: moved is %s', (text, moved) => {
  expect(hasMovedHead(text)).toBe(moved);
});
