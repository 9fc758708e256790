/**
 * `node scripts/wrap/main.mjs [PATH…]` wraps comments and prose at 120 columns; `--check` only names the lines that are
 * longer, and fails. Drawings cannot be wrapped: they are named, to be redrawn by hand.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { longComments, wrapComments } from './comments.mjs';
import { longProse, wrapMarkdown } from './markdown.mjs';

const words = process.argv.slice(2);
const isCheck = words.includes('--check');
const paths = words.filter((word) => word !== '--check');

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...paths], {
  encoding: 'utf8',
});
const kinds = [
  { name: /\.(?:ts|mjs)$/, wrap: wrapComments, long: longComments },
  { name: /\.md$/, wrap: wrapMarkdown, long: longProse },
];

for (const path of listed.split('\n').filter((name) => name !== '' && existsSync(name))) {
  const kind = kinds.find(({ name }) => name.test(path));
  if (kind === undefined) continue;
  const before = readFileSync(path, 'utf8');
  const text = isCheck ? before : kind.wrap(before);
  if (text !== before) writeFileSync(path, text);
  for (const line of kind.long(text)) {
    console.log(`${path}:${line}: longer than 120 columns`);
    process.exitCode = 1;
  }
}
