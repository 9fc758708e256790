/**
 * Examples that another program judges: those of docs/testing.md by their test runners, all TypeScript by its compiler.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import * as testing from 'memfleet/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, test } from 'vitest';
import { type Example, examples, load, root } from './support.ts';

const page = 'docs/testing.md';
const codeOf = (name: string): string =>
  examples.find((example) => example.page === page && example.name === name)?.code ?? '';

// Their own tests become tests of this file.
describe('the example for Vitest runs in Vitest', async () => {
  await load(page, 'products.vitest.js');
});

describe('the example of a contract runs in Vitest', async () => {
  await load(page, 'store.vitest.js');
});

const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>;

// Jest itself runs it in scripts/try-package.
describe("the example for Jest runs with Vitest's functions of the same names as globals", async () => {
  const entries: Record<string, object> = { 'memfleet/testing': testing };
  const globals = { beforeAll, beforeEach, afterAll, test, expect, require: (name: string) => entries[name] };
  await new AsyncFunction(...Object.keys(globals), codeOf('products.jest.js'))(...Object.values(globals));
});

/** Writes examples into a folder from which the built package and the frameworks are found. */
function writeExamples(written: readonly Example[]): string {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'example-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const { name, code } of written) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), code);
  }
  return folder;
}

async function runNode(args: readonly string[]): Promise<{ output: string; code: unknown }> {
  // Node's runner refuses to start within another one of its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { output, code };
}

it('the example for node:test runs in Node, on the built package', async () => {
  const folder = writeExamples(examples.filter(({ name }) => name === 'products.test.mjs'));
  const { output, code } = await runNode(['--test', '--test-reporter=tap', join(folder, 'products.test.mjs')]);
  expect(output).toMatch(/^# pass 1$/m);
  expect(code).toBe(0);
});

it('the setup for node:test gives a test file a server, and does not keep it running', async () => {
  const folder = writeExamples(examples.filter(({ name }) => name === 'cache.setup.mjs'));
  const code = `import { createClient } from 'memfleet';
    import { test } from 'node:test';
    test('the server is there', async () => {
      const cache = createClient(process.env.MEMFLEET_URL);
      await cache.set('a', 1);
      await cache.close();
    });`;
  writeFileSync(join(folder, 'some.test.mjs'), code);
  const setup = pathToFileURL(join(folder, 'cache.setup.mjs')).href;
  const args = ['--import', setup, '--test', '--test-reporter=tap', join(folder, 'some.test.mjs')];
  const { output, code: exit } = await runNode(args);
  expect(output).toMatch(/^# pass 1$/m);
  expect(exit).toBe(0);
});

it('the examples in TypeScript have no type errors, on the built package and the types of the frameworks', async () => {
  const written = examples.filter(({ name }) => name.endsWith('.ts'));
  const folder = writeExamples(written);
  // Users write `process.env.NAME`.
  const noPropertyAccessFromIndexSignature = false;
  const compilerOptions = { noEmit: true, rewriteRelativeImportExtensions: false, experimentalDecorators: true };
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { ...compilerOptions, noPropertyAccessFromIndexSignature, allowImportingTsExtensions: true },
    files: written.map(({ name }) => name),
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { output, code } = await runNode([join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]);
  expect(output).toBe('');
  expect(code).toBe(0);
  expect(written.length).toBeGreaterThan(3);
});
