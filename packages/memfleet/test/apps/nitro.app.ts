/**
 * The application of examples/nitro, built, and started twice on one memcached: each sends what the other has cached.
 */
import { createServer } from 'memfleet/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type Program, run, start } from './support.ts';

/** What a route sends. */
async function read({ url }: Program, path: string): Promise<string> {
  const response = await fetch(url + path, { headers: { connection: 'close' } });
  expect(response.status).toBe(200);
  return response.text();
}

describe('the application of Nitro', () => {
  beforeAll(async () => {
    const { code, output } = await run('nitro', ['node_modules/nitropack/dist/cli/index.mjs', 'build']);
    expect({ code, output }).toMatchObject({ code: 0 });
  }, 300_000);

  test('the application starts by itself, and caches in its own server', async () => {
    const program = await start('nitro', ['main.mjs'], { PORT: '0' });
    const first = await read(program, '/products/7');
    expect(JSON.parse(first)).toMatchObject({ id: '7', readings: 1 });
    await eventually(async () => ((await read(program, '/products/7')) === first ? true : undefined));
    await program.stop();
  });

  describe('two processes of Nitro', () => {
    let server = createServer({ port: 0 });
    let port = 0;
    let one: Program;
    let other: Program;

    beforeAll(async () => {
      ({ port } = await server.listen());
      const env = { PORT: '0', MEMCACHED_NODES: `127.0.0.1:${port}` };
      [one, other] = await Promise.all([start('nitro', ['main.mjs'], env), start('nitro', ['main.mjs'], env)]);
    }, 60_000);

    afterAll(async () => {
      await Promise.all([one?.stop(), other?.stop()]);
      await server.destroy();
    });

    /** Both send the same from now on. */
    async function shared(path: string): Promise<string> {
      return eventually(async () => {
        const [mine, theirs] = [await read(one, path), await read(other, path)];
        return mine === theirs ? mine : undefined;
      });
    }

    test('send what one of them has made, by defineCachedEventHandler and by a rule', async () => {
      const product = await shared('/products/7');
      const offers = await shared('/offers');
      expect(JSON.parse(product)).toMatchObject({ id: '7' });
      expect(offers).toContain('Offers');
      for (const program of [other, one]) {
        expect(await read(program, '/products/7')).toBe(product);
        expect(await read(program, '/offers')).toBe(offers);
      }
      expect(JSON.parse(await shared('/products/8'))).toMatchObject({ id: '8' });
    });

    test('serve every request while the node is out, and share again when it is back', async () => {
      const before = await shared('/products/9');
      await server.destroy();
      for (const program of [one, other]) {
        const product = await read(program, '/products/9');
        expect(JSON.parse(product)).toMatchObject({ id: '9' });
        expect(product).not.toBe(before);
      }
      server = createServer({ port });
      await server.listen();
      const after = await shared('/products/9');
      expect(await read(other, '/products/9')).toBe(after);
    });
  });
});
