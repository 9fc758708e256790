/**
 * The application of examples/next, built, and started twice on one memcached: what one process cached and revalidated,
 * the other sees.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'memfleet/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeReal, startMemcached } from '../support/real-memcached.ts';
import { compiler, eventually, type Program, run, start } from './support.ts';

const next = 'node_modules/next/dist/bin/next';
/** Milliseconds that a product takes, so that many requests come during one render. */
const slowness = '500';

/** A service that gives another text at each request, as all processes know it. */
const service = createHttpServer((_request, response) => void response.end(randomUUID()));

/** A memcached that can be stopped, and started again on its port without its items. */
interface Fleet {
  readonly node: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

async function embedded(): Promise<Fleet> {
  let server = createServer({ port: 0 });
  const { port } = (await server.listen()) as { readonly port: number };
  return {
    node: `127.0.0.1:${port}`,
    stop: async () => server.destroy(),
    async start() {
      server = createServer({ port });
      await server.listen();
    },
  };
}

async function real(): Promise<Fleet> {
  let memcached = await startMemcached();
  const { port } = memcached;
  return {
    node: `127.0.0.1:${port}`,
    stop: async () => memcached.stop(),
    async start() {
      memcached = await startMemcached(['-p', String(port)]);
    },
  };
}

/** The text of an element that the page has rendered, or the whole text of a route. */
async function read({ url }: Program, path: string): Promise<string> {
  const response = await fetch(url + path, { headers: { connection: 'close' } });
  expect(response.status).toBe(200);
  const body = await response.text();
  const [, element = body] = /<p id="\w+">(.*?)<\/p>/.exec(body) ?? [];
  return element.replaceAll('<!-- -->', '');
}

async function revalidate({ url }: Program, query: string): Promise<void> {
  const response = await fetch(`${url}/revalidate?${query}`, { method: 'POST', headers: { connection: 'close' } });
  expect(response.status).toBe(204);
}

function describeProcesses(name: string, startFleet: () => Promise<Fleet>): void {
  describe(`two processes of Next.js on ${name}`, () => {
    let fleet: Fleet;
    let one: Program;
    let other: Program;

    beforeAll(async () => {
      fleet = await startFleet();
      const { port } = service.address() as AddressInfo;
      const rates = `http://127.0.0.1:${port}`;
      // A busy machine is slow.
      const patience = { TIMEOUT: '10000', RENDER_WAIT: '30000' };
      const env = { MEMCACHED_NODES: fleet.node, RATES: rates, SLOWNESS: slowness, ...patience };
      const argv = [next, 'start', '--hostname', '127.0.0.1', '--port', '0'];
      [one, other] = await Promise.all([start('next', argv, env), start('next', argv, env)]);
    }, 60_000);

    afterAll(async () => {
      await Promise.all([one?.stop(), other?.stop()]);
      await fleet?.stop();
    });

    /** Both processes give the same, again and again. */
    async function readBoth(path: string): Promise<string> {
      const first = await read(one, path);
      for (const program of [other, one, other]) expect(await read(program, path)).toBe(first);
      return first;
    }

    test('render a static page once, until its tag or its path is revalidated by either', async () => {
      const seen = [await readBoth('/')];
      for (const [program, query] of [
        [one, 'tag=offers'],
        [other, 'tag=offers'],
        [one, 'path=/'],
      ] as const) {
        await revalidate(program, query);
        seen.push(await readBoth('/'));
      }
      expect(new Set(seen).size).toBe(4);
    });

    test('read the data of a dynamic page once, until their tag or the path of the page is revalidated', async () => {
      const seen = [await readBoth('/products/7')];
      const neighbour = await readBoth('/products/8');
      for (const query of ['tag=product-7', 'path=/products/7']) {
        await revalidate(other, query);
        seen.push(await readBoth('/products/7'));
      }
      expect(new Set(seen).size).toBe(3);
      expect(await readBoth('/products/8')).toBe(neighbour);
    });

    test('ask a service once, until the tag of the response is revalidated', async () => {
      const before = await readBoth('/rates');
      await revalidate(one, 'tag=rates');
      expect(await readBoth('/rates')).not.toBe(before);
    });

    test('serve the old page or data while they are rendered anew, if the revalidation says so', async () => {
      for (const [path, tag] of [
        ['/', 'offers'],
        ['/products/7', 'product-7'],
      ] as const) {
        const before = await readBoth(path);
        await revalidate(one, `tag=${tag}&expire=3600`);
        expect(await read(other, path)).toBe(before);
        for (const program of [one, other])
          await eventually(async () => ((await read(program, path)) === before ? undefined : true));
      }
    });

    test('share data that are larger than an item', async () => {
      expect(await readBoth('/products/large')).toMatch(/^Product large [-\w]+ 3000000$/);
    });

    test('render once what many request at the same time', async () => {
      const requests = Array.from({ length: 20 }, (_, at) => read(at % 2 === 0 ? one : other, '/products/9'));
      expect(new Set(await Promise.all(requests)).size).toBe(1);
    });

    test('render each for itself while memcached is out, and share again when it is back', async () => {
      const before = await readBoth('/products/7');
      await fleet.stop();
      for (const path of ['/', '/products/7', '/rates']) {
        const alone = await Promise.all([read(one, path), read(other, path)]);
        expect(alone).not.toContain(before);
        expect(new Set(alone).size).toBe(2);
      }
      await fleet.start();
      await eventually(async () => {
        const [mine, theirs] = [await read(one, '/products/7'), await read(other, '/products/7')];
        return mine === theirs ? mine : undefined;
      });
      const after = await readBoth('/products/7');
      expect(after).not.toBe(before);
      await revalidate(one, 'tag=product-7');
      expect(await readBoth('/products/7')).not.toBe(after);
    });
  });
}

describe('examples/next', () => {
  beforeAll(async () => {
    await once(service.listen(0, '127.0.0.1'), 'listening');
    // Nothing listens on this port.
    const { code, output } = await run('next', [next, 'build'], { MEMCACHED_NODES: '127.0.0.1:1' });
    expect({ code, output }).toMatchObject({ code: 0 });
  }, 300_000);

  afterAll(() => void service.close());

  test('the adapters are what Next.js declares', async () => {
    expect(await run('next', [compiler, '-p', 'types'])).toEqual({ code: 0, output: '' });
  });

  describeProcesses('the embedded server', embedded);
  describeReal('with the real program,', () => describeProcesses('memcached', real));

  test('the example starts by itself, with a memcached of its own', async () => {
    const program = await start('next', ['main.mjs'], { PORT: '0' });
    const [first, second] = [await read(program, '/'), await read(program, '/')];
    expect(second).toBe(first);
    await program.stop();
  });
});
