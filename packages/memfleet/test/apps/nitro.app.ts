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

    /** What both send, twice in turn. Nitro stores a page after it has sent it, so a late one may replace the first. */
    async function shared(path: string): Promise<string> {
      return eventually(async () => {
        const sent = new Set<string>();
        for (const program of [one, other, one, other]) sent.add(await read(program, path));
        return sent.size === 1 ? [...sent][0] : undefined;
      });
    }

    test('send what one of them has made, by defineCachedEventHandler and by a rule', async () => {
      const product = await shared('/products/7');
      const offers = await shared('/offers');
      expect(JSON.parse(product)).toMatchObject({ id: '7' });
      expect(offers).toContain('Offers');
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
      expect(JSON.parse(await shared('/products/9'))).toMatchObject({ id: '9' });
    });
  });
});
