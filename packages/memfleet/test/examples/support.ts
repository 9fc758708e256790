/** Runs examples of the docs (`scripts/examples.mjs`) against an embedded server, and compares what they print. */
import { fileURLToPath } from 'node:url';
import { format } from 'node:util';
import { createServer, type Server } from 'memfleet/server';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';

/** A block of a page. */
export interface Example {
  readonly page: string;
  readonly name: string;
  readonly id: string;
  readonly code: string;
}

// Types of .mjs files are checked in scripts/ only.
const location = new URL('../../../../scripts/examples.mjs', import.meta.url).href;
const { examplePages, examplesOf } = (await import(location)) as {
  readonly examplePages: (root: string) => string[];
  readonly examplesOf: (root: string, page: string) => Example[];
};

export const root: string = fileURLToPath(new URL('../../../../', import.meta.url));

/** Every example of every page. */
export const examples: readonly Example[] = examplePages(root).flatMap((page) => examplesOf(root, page));

/** An embedded server for the examples of a test file, empty before each test. */
export function serveExamples(): { readonly server: Server } {
  const server = createServer({ port: 0 });
  beforeAll(async () => {
    const address = await server.listen();
    const node = 'port' in address ? `127.0.0.1:${address.port}` : '';
    for (const name of ['MEMFLEET_EXAMPLE_NODE', 'MEMCACHED_NODES']) process.env[name] = node;
  });
  afterEach(() => server.store.flush(0));
  afterAll(() => server.close());
  return { server };
}

/** What an example exports. `again`: any word evaluates it anew, as a hot reload does. */
export async function load<T>(page: string, name: string, again?: string): Promise<T> {
  const example = examples.find((one) => one.page === page && one.name === name);
  if (example === undefined) throw new Error(`${page} has no example ${name}`);
  const id = again === undefined ? example.id : `${example.id}?${again}`;
  return (await import(/* @vite-ignore */ id)) as T;
}

/** Runs an example and compares what it prints with the comments behind its calls of `console.log`. */
export async function expectPrints({ page, name, code }: Example): Promise<void> {
  const printed: unknown[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((value) => void printed.push(value));
  try {
    await load(page, name);
  } finally {
    log.mockRestore();
  }
  const promised = [...code.matchAll(/console\.log\(.*\);(?: \/\/ (.*))?$/gm)].map(([, comment = '']) => comment);
  expect(printed).toHaveLength(promised.length);
  for (const [index, comment] of promised.entries()) expectSaid(comment, printed[index]);
}

/** `{ name: 'Ada' }: as it was stored` says the value and may explain it; `a Map of …` says its kind only. */
function expectSaid(comment: string, value: unknown): void {
  if (comment === '') return;
  const [, kind] = /^an? ([A-Z]\w+) /.exec(comment) ?? [];
  const said = [': ', '; ', ', '].map((end) => format(value) + end);
  if (kind !== undefined) expect((value as object).constructor.name).toBe(kind);
  else
    expect(
      comment === format(value) || said.some((text) => comment.startsWith(text)),
      `the page says ${comment}, the example prints ${format(value)}`,
    ).toBe(true);
}
