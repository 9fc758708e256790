/** The script that wraps comments and prose at 120 columns, run in a repository that a test makes. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../../../scripts/wrap/main.mjs', import.meta.url));
const env = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'memfleet-wrap-'));
  execFileSync('git', ['init', '--quiet'], { cwd: root, env });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...args], { cwd: root, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

/** The file as the script leaves it. */
async function wrapped(name: string, text: string): Promise<string> {
  writeFileSync(join(root, name), text);
  await run();
  return readFileSync(join(root, name), 'utf8');
}

const sentence = `${'word '.repeat(30)}end.`;
const [firstLine, secondLine] = ['word '.repeat(23).trim(), `${'word '.repeat(7)}end.`];

describe('comments', () => {
  test('a long comment of one line becomes a block', async () => {
    expect(await wrapped('a.ts', `/** ${sentence} */\nconst a = 1;\n`)).toBe(
      `/**\n * ${firstLine}\n * ${secondLine}\n */\nconst a = 1;\n`,
    );
  });

  test('a long paragraph is wrapped; drawings, lists, tags and short paragraphs stay as they are', async () => {
    const kept = ' * short\n * lines\n *\n *   a ─▶ b\n *        c\n *\n * - one\n * - two\n *\n * @param x is\n';
    expect(await wrapped('a.ts', `/**\n${kept} *\n * ${sentence}\n */\n`)).toBe(
      `/**\n${kept} *\n * ${firstLine}\n * ${secondLine}\n */\n`,
    );
  });

  test('an item of a list keeps its indentation', async () => {
    expect(await wrapped('a.ts', `/**\n * - ${sentence}\n *   more\n */\n`)).toBe(
      `/**\n * - ${firstLine}\n *   ${secondLine} more\n */\n`,
    );
  });

  test('line comments are wrapped at their indentation', async () => {
    expect(await wrapped('a.ts', `if (a) {\n  // ${sentence}\n}\n`)).toBe(
      `if (a) {\n  // ${firstLine}\n  // ${secondLine}\n}\n`,
    );
  });

  test('code between backticks is not broken', async () => {
    const text = await wrapped('a.ts', `/** ${'word '.repeat(22)}\`a b c d e f g h\` ${'word '.repeat(5)}*/\n`);
    expect(text).toContain('`a b c d e f g h`');
  });
});

test('of markdown, paragraphs and items are wrapped; code, tables and headings are not', async () => {
  const kept = `# ${sentence}\n\n| ${sentence} |\n\n\`\`\`\n${sentence}\n\`\`\`\n`;
  expect(await wrapped('a.md', `${kept}\n${sentence}\n- ${sentence}\n`)).toBe(
    `${kept}\n${'word '.repeat(24).trim()}\n${'word '.repeat(6)}end.\n- ${firstLine}\n  ${secondLine}\n`,
  );
});

test('the check names long lines, also drawings, and changes nothing', async () => {
  const text = `/**\n * ${sentence}\n *\n *   ${'─'.repeat(130)}\n */\n`;
  writeFileSync(join(root, 'a.ts'), text);
  expect(await run('--check')).toEqual({
    code: 1,
    output: 'a.ts:2: longer than 120 columns\na.ts:4: longer than 120 columns\n',
  });
  expect(readFileSync(join(root, 'a.ts'), 'utf8')).toBe(text);
});

test('what is wrapped once stays as it is', async () => {
  const once = await wrapped('a.ts', `/** ${sentence} */\n// ${sentence}\n`);
  expect(await wrapped('a.ts', once)).toBe(once);
  expect(await run('--check')).toMatchObject({ code: 0 });
});
