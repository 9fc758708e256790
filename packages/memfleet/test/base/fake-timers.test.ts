/**
 * Users' tests replace the timers, clocks and ticks of the runtime. memfleet continues in real time, whichever of them
 * are replaced: calls are written, answered and time out. The list of what is replaced is that of @sinonjs/fake-timers,
 * on which Jest's and Vitest's fake timers stand.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers';
import { fileURLToPath } from 'node:url';
import * as fakeTimers from '@sinonjs/fake-timers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import { TimeoutError } from '../../src/core/errors.ts';
import { createProxy } from '../../src/proxy/index.ts';
import { createServer } from '../../src/server/index.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { startNode } from '../support/harness.ts';
import { afterProbe } from '../support/scripted-node.ts';

type Fake = fakeTimers.FakeMethod;

const known = Object.keys(fakeTimers.timers) as Fake[];
/**
 * Node's own sockets need the tick of the process. (Jest gives its tests a process of their own, so there it may be
 * replaced.)
 */
const needed: readonly Fake[] = ['nextTick'];
const replaceable = known.filter((name) => !needed.includes(name));

function install(names: readonly Fake[]): void {
  const clock = fakeTimers.install({ toFake: [...names], ignoreMissingTimers: true });
  onTestFinished(() => clock.uninstall());
}

const now = performance.now.bind(performance);

/** Lets the event loop turn until it is settled; false if that takes more than five real seconds. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  const progress = { isSettled: false };
  const settle = (): void => {
    progress.isSettled = true;
  };
  promise.then(settle, settle);
  const end = now() + 5000;
  while (!progress.isSettled && now() < end) await new Promise((resolve) => setImmediate(resolve));
  return progress.isSettled;
}

async function everything(client: Client, silent: Client): Promise<void> {
  expect(await settles(client.set('k', 'v', { ttl: 40 * 86_400 }))).toBe(true);
  expect(await client.get('k')).toBe('v');
  expect(await client.getMany(['k', 'none'])).toEqual(new Map([['k', 'v']]));
  expect(await client.incr('n', 1, { initial: 5 })).toBe(5);
  expect(await client.getOrSet('loaded', () => Promise.resolve('value'))).toBe('value');
  const late = silent.get('k', { timeout: 10 });
  const loading = client.getOrSet('never', () => new Promise(() => {}), { timeout: 10 });
  expect(await settles(Promise.allSettled([late, loading]))).toBe(true);
  await expect(late).rejects.toBeInstanceOf(TimeoutError);
  await expect(loading).rejects.toBeInstanceOf(TimeoutError);
}

describe.each([...replaceable.map((name) => [name, [name]] as const), ['all', replaceable] as const])(
  'fake %s',
  (_name, names) => {
    test.each(['text', 'meta', 'binary'] as const)(
      'a client, a server and a proxy (%s) work and time out',
      async (protocol) => {
        const quiet = await startNode(afterProbe(() => {}));
        install(names);
        const server = createServer({ port: 0 });
        onTestFinished(() => server.destroy());
        const { port } = (await server.listen()) as { port: number };
        const clusters = { main: { nodes: `127.0.0.1:${port}` } };
        const proxy = createProxy({ listeners: [{ port: 0, route: 'main' }], clusters });
        onTestFinished(() => proxy.destroy());
        const front = (await proxy.listen())[0] as { port: number };
        const silent = createClient({ nodes: quiet.address, protocol });
        for (const at of [port, front.port]) {
          const client = createClient({ nodes: `127.0.0.1:${at}`, protocol, prefix: `${at}:` });
          await everything(client, silent);
          expect(await settles(client.close())).toBe(true);
        }
        silent.destroy();
      },
    );
  },
);

test('the clock for tests of users settles beside fake timers', async () => {
  install(replaceable);
  const clock = new FakeClock();
  const seen: string[] = [];
  clock.setTimer(10, () => void Promise.resolve().then(() => seen.push('timer')));
  expect(await settles(clock.advanceAsync(10))).toBe(true);
  expect(seen).toEqual(['timer']);
});

describe('the sources', () => {
  const root = fileURLToPath(new URL('../../src/', import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  /** Without comments and texts. */
  const code = new Map(
    [...texts].map(([file, text]) => [file, text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'/g, '')]),
  );

  test.each(known)('name %s in base/real-time.ts only, or import it from there', (name) => {
    // A Date is also a value of users; what counts is whether it reads the time.
    const use = name === 'Date' ? String.raw`(?:Date\.now\b|new Date\(\)|(?<!new )Date\()` : `${name}\\b`;
    const used = new RegExp(String.raw`(?<![#\w.])(?:globalThis\.|process\.)?${use}(?!\s*:)`);
    const strangers = files.filter((file) => {
      if (file === join('base', 'real-time.ts')) return false;
      const text = code.get(file)!;
      if (!used.test(text)) return false;
      const isImported = new RegExp(String.raw`import \{[^}]*\b${name}\b[^}]*\} from ;?`).exec(text) !== null;
      return !(isImported && texts.get(file)!.includes('/real-time.ts'));
    });
    expect(files.length).toBeGreaterThan(200);
    expect(strangers).toEqual([]);
  });
});
