/**
 * The `globalSetup` of Vitest, Jest and Playwright: one server for all test files, whose URL is in the environment
 * variable MEMFLEET_URL.
 *
 *   Vitest       calls it, and the returned function at the end
 *   Playwright   the same
 *   Jest         calls it, and again as `globalTeardown`
 *
 * Where MEMFLEET_URL is set already, tests use what it names, and nothing is started.
 */
import { startServer, type TestServer } from './nodes/test-server.ts';

const variable = 'MEMFLEET_URL';

/** Of the process: a runner may load this module twice. */
const place = Symbol.for('memfleet/testing/setup');

interface Place {
  [place]?: TestServer | undefined;
}

async function stopOf(server: TestServer): Promise<void> {
  if (process.env[variable] === server.url) delete process.env[variable];
  await server.stop();
}

/**
 * Starts a server and sets the environment variable MEMFLEET_URL to its URL; resolves with the function that stops it.
 * For Jest, which does not call that function, a second call stops the server: name this module as `globalSetup` and as
 * `globalTeardown`.
 *
 * @example
 * // vitest.config.js
 * export default defineConfig({ test: { globalSetup: 'memfleet/testing/setup' } });
 */
export default async function globalSetup(runner?: unknown): Promise<() => Promise<void>> {
  const shared = globalThis as Place;
  const isVitest = typeof (runner as { provide?: unknown } | undefined)?.provide === 'function';
  const running = shared[place];
  if (running !== undefined && !isVitest) {
    shared[place] = undefined;
    await stopOf(running);
    return () => Promise.resolve();
  }
  if (process.env[variable] !== undefined) return () => Promise.resolve();
  const server = await startServer();
  process.env[variable] = server.url;
  if (!isVitest) shared[place] = server;
  return async () => {
    if (shared[place] === server) shared[place] = undefined;
    await stopOf(server);
  };
}
