/**
 * Does a cache hold its process? Each test runs one, on the built package (`dist/`), with a client that does not. What
 * a loader waits for holds the process, and so does a call that waits for the loader of another process.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { EntryTranscoder } from '../../src/cache/entry-transcoder.ts';
import { Stub } from '../../src/cache/entry.ts';
import { createClient } from '../../src/client/index.ts';
import { auto } from '../../src/client/transcoders.ts';
import { createServer } from '../../src/server/index.ts';

interface Run {
  readonly port: number;
  /** Runs a program with a cache, and gives what it printed until it ended, and how. */
  readonly run: (body: string) => Promise<{ stdout: string; code: number; took: number }>;
}

async function startRun(): Promise<Run> {
  const server = createServer({ port: 0 });
  onTestFinished(() => server.destroy());
  const { port } = (await server.listen()) as { port: number };
  return {
    port,
    async run(body) {
      const program = `
        import { createClient } from 'memfleet';
        import { createCache } from 'memfleet/cache';
        const client = createClient({ nodes: '127.0.0.1:${port}' }).unref();
        const cache = createCache({ client, staleTtl: 600 });
        ${body}`;
      const args = ['--input-type=module', '--eval', program];
      const began = performance.now();
      const ended = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname }).then(
        ({ stdout }) => ({ stdout, code: 0 }),
        (error: unknown) => error as { stdout: string; code: number },
      );
      return { ...ended, took: performance.now() - began };
    },
  };
}

/** The default of hardTimeout is longer. */
const soon = 15_000;

test('a load that nothing can end does not hold the process', async () => {
  const { run } = await startRun();
  const { stdout, took } = await run(`
    cache.getOrSet('key', () => new Promise(() => console.log('loading')));`);
  expect(stdout).toBe('loading\n');
  expect(took).toBeLessThan(soon);
});

test('a refresh behind a caller that nothing can end does not hold the process', async () => {
  const { run } = await startRun();
  const { stdout, took, code } = await run(`
    await cache.set('key', 'old', { ttl: 100, staleTtl: 0 });
    console.log(await cache.getOrSet('key', () => new Promise(() => console.log('loading'))));`);
  expect(stdout.split('\n').toSorted()).toEqual(['', 'loading', 'old']);
  expect(code).toBe(0);
  expect(took).toBeLessThan(soon);
});

test('a loader whose timer runs is waited for, and its value is stored', async () => {
  const { run } = await startRun();
  const load = `() => new Promise((resolve) => setTimeout(resolve, 50, 'value'))`;
  expect(await run(`console.log(await cache.getOrSet('key', ${load}));`)).toMatchObject({ stdout: 'value\n', code: 0 });
  expect(await run(`console.log(await cache.get('key'));`)).toMatchObject({ stdout: 'value\n', code: 0 });
});

test('a call that waits for the loader of another process holds its own', async () => {
  const { run, port } = await startRun();
  const client = createClient({
    nodes: `127.0.0.1:${port}`,
    transcoder: new EntryTranscoder({ transcoder: auto, emptyIsStub: true }),
  });
  await client.set(':1:key', new Stub(), { ttl: 2 });
  const { stdout, code } = await run(`console.log(await cache.getOrSet('key', () => 'value'));`);
  expect({ stdout, code }).toEqual({ stdout: 'value\n', code: 0 });
  await client.close();
});

test('close during a load: the call rejects, and the process ends', async () => {
  const { run } = await startRun();
  const { stdout, code, took } = await run(`
    const call = cache.getOrSet('key', ({ signal }) => new Promise(() => {
      signal.addEventListener('abort', () => console.log('aborted'));
      setImmediate(() => cache.close());
    }));
    await call.catch(({ name }) => console.log(name));`);
  expect({ stdout, code }).toEqual({ stdout: 'aborted\nClosedError\n', code: 0 });
  expect(took).toBeLessThan(soon);
});
