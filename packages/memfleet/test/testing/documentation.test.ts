/** The examples of docs/testing.md run as they stand. */
import { readFileSync } from 'node:fs';
import * as memfleet from 'memfleet';
import * as memfleetServer from 'memfleet/server';
import * as memfleetTesting from 'memfleet/testing';
import { expect, test } from 'vitest';

const doors: Record<string, object> = {
  memfleet,
  'memfleet/server': memfleetServer,
  'memfleet/testing': memfleetTesting,
};
const page = readFileSync(new URL('../../../../docs/testing.md', import.meta.url), 'utf8');
const programs = [...page.matchAll(/```js\n(import[\s\S]*?)```/g)].map((match) => match[1] ?? '');

type Run = (doors: Record<string, object>, console: { log: (value: unknown) => void }) => Promise<void>;
const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => Run;

test.each(programs.map((program, index) => [index + 1, program] as const))('program %i', async (_, program) => {
  const code = program.replaceAll(/^import (\{.*\}) from '(.*)';$/gm, "const $1 = doors['$2'];");
  const printed: unknown[] = [];
  await new AsyncFunction('doors', 'console', code)(doors, { log: (value) => printed.push(value) });
  const promised = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map((match) => match[1]);
  expect(printed.map(String)).toEqual(promised);
});

test('every option is named', () => {
  for (const name of Object.keys(memfleetTesting.clusterDefaults)) expect(page).toContain(`\`${name}\``);
});
