/** The examples of the README run as they stand. */
import { readFileSync } from 'node:fs';
import * as memfleet from 'memfleet';
import * as memfleetServer from 'memfleet/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const doors: Record<string, object> = { memfleet, 'memfleet/server': memfleetServer };
const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

type Run = (doors: Record<string, object>, console: { log: (value: unknown) => void }) => Promise<void>;
const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => Run;

/** The example as a function: imports become reads of the doors, the default port becomes the test server's. */
function compile(example: string, port: number): Run {
  const code = example
    .replaceAll(/^import (\{.*\}) from '(.*)';$/gm, "const $1 = doors['$2'];")
    .replaceAll('127.0.0.1:11211', `127.0.0.1:${port}`);
  return new AsyncFunction('doors', 'console', code);
}

describe('the examples of the README', () => {
  const server = memfleetServer.createServer({ port: 0 });
  let port = 0;
  beforeAll(async () => {
    const address = await server.listen();
    port = 'port' in address ? address.port : 0;
  });
  afterAll(() => server.close());

  it('has some', () => {
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });

  it.each(examples.map((example, index) => [index + 1, example] as const))(
    'example %i prints what its comments say',
    async (_, example) => {
      const printed: unknown[] = [];
      await compile(example, port)(doors, { log: (value) => printed.push(value) });
      const promised = [...example.matchAll(/console\.log\(.*\); \/\/ (\{.*?\}|\d+|undefined)/g)].map(
        (match) => match[1],
      );
      const shown = printed.filter((value) => !(value instanceof Map)).map((value) => show(value));
      expect(shown).toEqual(promised);
    },
  );
});

function show(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).map(([key, entry]) => `${key}: '${String(entry)}'`);
  return `{ ${fields.join(', ')} }`;
}
