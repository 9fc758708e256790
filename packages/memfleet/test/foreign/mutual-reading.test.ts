/**
 * What memfleet's client writes over three memcached, clients of other languages find and read with their own placing
 * of keys, and the other way round.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient, transcoders } from '../../src/client/index.ts';
import { describeJudge } from '../locator/support/judges.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';
import { foreignClients, runClient } from './foreign-clients.ts';

type Texts = Readonly<Record<string, string>>;

/** Texts under 300 keys. */
function texts(by: string): Texts {
  const entries = Array.from({ length: 300 }, (_, i) => [`${by}:${i * 7919}:key`, `${by} wrote „${i}“ ☃\r\n`]);
  return { ...Object.fromEntries(entries), [`${by}:empty`]: '' } as Texts;
}

describeReal('mutual reading over three memcached', () => {
  let nodes: readonly RealMemcached[] = [];
  beforeAll(async () => {
    nodes = await Promise.all(Array.from({ length: 3 }, () => startMemcached(['-t', '1'])));
  });
  afterAll(() => Promise.all(nodes.map((node) => node.stop())));

  for (const client of foreignClients) {
    describeJudge(client, client.name, (program) => {
      test('reads what memfleet wrote as strings and as bytes, and memfleet reads what it wrote', async () => {
        // Who places keys as nobody else does meets memfleet on one node.
        const ports = nodes.slice(0, client.locator === undefined ? 1 : 3).map(({ port }) => port);
        const connect = <T>(transcoder: (typeof transcoders)['string' | 'bytes']): Client<T> =>
          createClient({
            nodes: ports.map((port) => `127.0.0.1:${port}`),
            locator: client.locator,
            transcoder: transcoder as never,
            timeout: 5000,
          });
        const [strings, bytes] = [connect<string>(transcoders.string), connect<Uint8Array>(transcoders.bytes)];
        const [asStrings, asBytes, theirs] = ['strings', 'bytes', 'theirs'].map((by) =>
          texts(`${client.name.replaceAll(/\W/g, '')}-${by}`),
        );
        await Promise.all(Object.entries(asStrings!).map(([key, text]) => strings.set(key, text)));
        await Promise.all(Object.entries(asBytes!).map(([key, text]) => bytes.set(key, Buffer.from(text))));

        const ours = { ...asStrings, ...asBytes };
        const servers = ports.map((port) => ['127.0.0.1', port]);
        const input = { servers, write: theirs, read: Object.keys(ours) };
        const { read } = await runClient<{ read: Texts }>(client, program, input);

        expect(read).toEqual(ours);
        expect(Object.fromEntries(await strings.getMany(Object.keys(theirs!)))).toEqual(theirs);
        for (const [key, value] of await bytes.getMany(Object.keys(theirs!))) expect(String(value)).toBe(theirs![key]);
        await Promise.all([strings.close(), bytes.close()]);
      }, 30_000);
    });
  }
});
