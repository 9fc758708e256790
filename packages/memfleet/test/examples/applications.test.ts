/**
 * The applications in examples/ run as `npm start` runs them: processes of their own, with the built packages and the
 * embedded server.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createServer } from 'memfleet/server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { root } from './support.ts';

interface Manifest {
  readonly scripts: { readonly start: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const folder = join(root, 'examples');

function manifestOf(path: string): Manifest {
  return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest;
}

/** Those with a lock file of their own are tested by `npm run test:apps`. */
/** Those that start by themselves. The tests of testing-* run in testing.test.ts. */
const applications = readdirSync(folder).filter(
  (name) =>
    existsSync(join(folder, name, 'package.json')) &&
    !existsSync(join(folder, name, 'package-lock.json')) &&
    !name.startsWith('testing-'),
);

/** The last command of `npm start`; what precedes it compiles. */
function run(name: string, env: NodeJS.ProcessEnv): ChildProcess {
  const cwd = join(folder, name);
  const commands = manifestOf(cwd)
    .scripts.start.split(' && ')
    .map((command) => command.split(' '));
  for (const [, ...argv] of commands.filter(([program]) => program === 'tsc')) {
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...argv], {
      cwd,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  }
  const [program, ...argv] = commands.at(-1) as string[];
  expect(program).toBe('node');
  const { MEMCACHED_NODES: _, ...inherited } = process.env;
  return spawn(process.execPath, argv, { cwd, env: { ...inherited, PORT: '0', ...env }, stdio: 'pipe' });
}

interface Application {
  readonly url: string;
  /** Ends it as a supervisor does. */
  readonly stop: () => Promise<[code: number | null, signal: string | null]>;
}

/** Starts an application; the first line that it prints is its address. */
async function start(name: string, env: NodeJS.ProcessEnv = {}): Promise<Application> {
  const child = run(name, env);
  let errors = '';
  child.stderr?.on('data', (text) => (errors += String(text)));
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const ended = exit.then(([code]) => {
    throw new Error(`${name} ended with code ${code}: ${errors}`);
  });
  ended.catch(() => {});
  const [url] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  const stop = (): ReturnType<Application['stop']> => {
    child.kill('SIGTERM');
    return exit;
  };
  return { url: url.replace('[::1]', '127.0.0.1'), stop };
}

/** A server that several processes share. */
async function startMemcached(): Promise<NodeJS.ProcessEnv> {
  const server = createServer({ port: 0 });
  const address = await server.listen();
  onTestFinished(() => server.close());
  return { MEMCACHED_NODES: 'port' in address ? `127.0.0.1:${address.port}` : '' };
}

/** The text of a response; each request on a connection of its own, so that the application can end. */
async function request(
  url: string,
  { headers, ...init }: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<{ readonly response: Response; readonly text: string }> {
  const response = await fetch(url, { ...init, headers: { connection: 'close', ...headers } });
  return { response, text: await response.text() };
}

it('all of them are run here', () => {
  expect(applications).toEqual(['express', 'fastify', 'nest']);
});

describe.each(applications)('%s', (name) => {
  it('names the versions that are tested here, and has a README of ten lines', () => {
    const { devDependencies = {} } = manifestOf(root);
    const own = manifestOf(join(folder, name));
    const { memfleet, ...others } = { ...own.dependencies, ...own.devDependencies };
    expect(memfleet).toBe(
      (JSON.parse(readFileSync(join(root, 'packages/memfleet/package.json'), 'utf8')) as { version: string }).version,
    );
    expect(devDependencies).toMatchObject(others);
    const lines = readFileSync(join(folder, name, 'README.md'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length).toBeLessThanOrEqual(12);
  });
});

describe('Express', () => {
  it('keeps a session by its cookie, and renders a fragment once', async () => {
    const { url, stop } = await start('express');
    const first = await request(url);
    const cookie = first.response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect(first.text).toBe('<p>Your visit number 1</p><p>Offers, rendered 1 times</p>');
    const again = { headers: { cookie } };
    expect((await request(url, again)).text).toBe('<p>Your visit number 2</p><p>Offers, rendered 1 times</p>');
    expect((await request(url)).text).toContain('number 1<');
    expect((await request(`${url}/offers`, { method: 'POST' })).response.status).toBe(204);
    expect((await request(url, again)).text).toBe('<p>Your visit number 3</p><p>Offers, rendered 2 times</p>');
    expect(await stop()).toEqual([0, null]);
  });

  it('shares sessions and fragments with other processes', async () => {
    const env = await startMemcached();
    const [one, other] = await Promise.all([start('express', env), start('express', env)]);
    const first = await request(one.url);
    const cookie = first.response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const second = await request(other.url, { headers: { cookie } });
    expect(second.text).toBe('<p>Your visit number 2</p><p>Offers, rendered 1 times</p>');
  });
});

describe('Fastify', () => {
  it('refuses the request over the limit, whichever process receives it', async () => {
    const env = { ...(await startMemcached()), LIMIT: '4' };
    const [one, other] = await Promise.all([start('fastify', env), start('fastify', env)]);
    const codes: number[] = [];
    for (const { url } of [one, other, one, other, one, other]) codes.push((await request(url)).response.status);
    expect(codes).toEqual([200, 200, 200, 200, 429, 429]);
  });

  it('has the metrics of its client, which no limit stops', async () => {
    const { url, stop } = await start('fastify', { LIMIT: '1' });
    await request(url);
    const { response, text } = await request(`${url}/metrics`);
    expect(response.status).toBe(200);
    expect(text).toMatch(/^memfleet_pool_open\{cluster="limits",node="127\.0\.0\.1:\d+"\} 1$/m);
    expect(text).toMatch(/^memfleet_operation_duration_seconds_count\{operation="\w+",status="ok"\} 1$/m);
    expect(await stop()).toEqual([0, null]);
  });
});

describe('Nest', () => {
  it('reads a product once, until its tag is invalidated', async () => {
    const { url, stop } = await start('nest');
    const product = `${url}/products/7`;
    const read = async (): Promise<unknown> => JSON.parse((await request(product)).text);
    expect(await read()).toEqual({ id: '7', price: 5, reads: 1 });
    expect(await read()).toEqual({ id: '7', price: 5, reads: 1 });
    expect((await request(`${url}/products`, { method: 'DELETE' })).response.status).toBe(204);
    expect(await read()).toEqual({ id: '7', price: 5, reads: 2 });
    // Nest ends itself by the signal once its hooks have run.
    expect(await stop()).toEqual([null, 'SIGTERM']);
  });
});
