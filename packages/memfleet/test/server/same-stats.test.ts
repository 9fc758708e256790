/**
 * Statistics have the names of memcached, in its order, and what can be compared has its values: in text and in binary.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type Server } from '../../src/server/index.ts';
import { chunkSizes } from '../../src/store/slab-classes.ts';
import { answers, noopAnswer, packet } from '../support/packets.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';
import { TcpClient } from '../support/tcp-client.ts';

type Stats = readonly (readonly [name: string, value: string])[];

async function textStats(client: TcpClient, group: string): Promise<Stats> {
  const answer = await client.ask(`stats${group === '' ? '' : ` ${group}`}\r\n`, 'END\r\n');
  const lines = answer.split('\r\n').slice(0, -2);
  return lines.map((line) => /^STAT (\S+) (.*)$/.exec(line)?.slice(1) as [string, string]);
}

async function binaryStats(client: TcpClient, key: string): Promise<Stats> {
  const said = answers(await client.ask(packet(0x10, { key }) + packet(0x0a, { opaque: 9 }), noopAnswer(9)));
  const items = said.slice(0, -2);
  expect(said.at(-2)).toMatchObject({ opcode: 0x10, key: '', value: '', status: 0 });
  return items.map(({ key: name, value }) => [name, value]);
}

const large = 'x'.repeat(70_000);
/** Every counter of a class counts something. */
const work = [
  'set a 0 0 1\r\n1\r\n',
  'set b 5 100 300\r\n' + 'y'.repeat(300) + '\r\n',
  `set large 0 0 ${large.length}\r\n${large}\r\n`,
  'get a b nothing\r\n',
  'gat 100 a\r\n',
  'touch a 100\r\n',
  'touch nothing 100\r\n',
  'set n 0 0 1\r\n1\r\n',
  'incr n 1\r\n',
  'decr n 1\r\n',
  'incr nothing 1\r\n',
  'cas a 0 0 1 999999\r\n1\r\n',
  'cas nothing 0 0 1 1\r\n1\r\n',
  'set gone 0 0 1\r\n1\r\n',
  'delete gone\r\n',
  'delete gone\r\n',
  'mg a v\r\n',
];

/** The version; memory of the process, its threads, its buffers, its LRU of segments: not here, or not the same. */
const incomparable =
  /^(?:version$|pid|uptime|time|libevent|rusage_|curr_conn|total_conn|connection_str|response_|read_buf|reserved_|bytes_|hash_|lru_(?:crawler|maintainer)|max_connections|threads|num_threads|tcpport|number_|hits_to|moves_|lrutail_|age$|age_|total_malloced|crawler_)/;

describeReal('stats of the embedded server and of memcached', () => {
  let real: RealMemcached;
  let server: Server;
  let clients: readonly TcpClient[];

  beforeAll(async () => {
    real = await startMemcached(['-t', '1']);
    server = createServer({ port: 0 });
    const own = await server.listen();
    clients = await Promise.all([{ host: '127.0.0.1', port: real.port }, own].map((to) => TcpClient.connect(to)));
    // One by one, and counters that nobody has read: memcached cannot count in place while an answer with the item is
    // on its way.
    for (const client of clients) for (const line of work) await client.ask(`${line}mn\r\n`, 'MN\r\n');
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await server.destroy();
    await real.stop();
  });

  const comparable = (stats: Stats): Stats =>
    stats.filter(([name]) => !incomparable.test(name.replace(/^(?:items:)?\d+:/, '')));

  it.each(['', 'items', 'slabs', 'settings', 'sizes'])('group %j', async (group) => {
    const [theirs, ours] = (await Promise.all(clients.map((client) => textStats(client, group)))) as [Stats, Stats];
    const known = ours.filter(([name]) => name !== 'memfleet');
    expect(known.map(([name]) => name)).toEqual(theirs.map(([name]) => name));
    expect(comparable(known)).toEqual(comparable(theirs));
  });

  describe('in the binary protocol', () => {
    it.each(['', 'items', 'slabs', 'settings', 'settings and more', 'sizes'])('group %j', async (group) => {
      const own = server.address;
      const targets = [{ host: '127.0.0.1', port: real.port }, own as { host: string; port: number }];
      const binary = await Promise.all(targets.map((to) => TcpClient.connect(to)));
      const [theirs, ours] = (await Promise.all(binary.map((client) => binaryStats(client, group)))) as [Stats, Stats];
      for (const client of binary) client.close();
      const known = ours.filter(([name]) => name !== 'memfleet');
      expect(known.map(([name]) => name)).toEqual(theirs.map(([name]) => name));
      expect(comparable(known)).toEqual(comparable(theirs));
    });

    it.each(['cachedump 1 0', 'conns', 'extstore', 'items foo', 'detail', 'detail foo', 'nonesuch'])(
      'group %j is not found',
      async (group) => {
        const targets = [{ host: '127.0.0.1', port: real.port }, server.address as { host: string; port: number }];
        for (const target of targets) {
          const client = await TcpClient.connect(target);
          const said = await client.ask(packet(0x10, { key: group }) + packet(0x0a, { opaque: 9 }), noopAnswer(9));
          expect(answers(said)[0]).toMatchObject({ opcode: 0x10, status: 1, value: 'Not found' });
          client.close();
        }
      },
    );

    it('detail on, dump, off and reset', async () => {
      const targets = [{ host: '127.0.0.1', port: real.port }, server.address as { host: string; port: number }];
      for (const target of targets) {
        const client = await TcpClient.connect(target);
        expect(await binaryStats(client, 'detail on')).toEqual([]);
        await client.ask(packet(0x00, { key: 'p:1', opaque: 9 }), 'Not found');
        expect(await binaryStats(client, 'detail dump')).toEqual([
          ['detailed', 'PREFIX p get 1 hit 0 set 0 del 0\r\nEND\r\n'],
        ]);
        expect(await binaryStats(client, 'detail off')).toEqual([]);
        expect(await binaryStats(client, 'reset')).toEqual([]);
        expect(await binaryStats(client, 'detail dump')).toEqual([['detailed', 'END\r\n']]);
        client.close();
      }
    });
  });

  it('an item of every size is in the class in which memcached keeps it', async () => {
    const sizes = chunkSizes.slice(1).flatMap((size) => [size, size + 1]);
    const keys = sizes.map((size, i) => ({ key: `class${i}`, length: size - `class${i}`.length - 59 }));
    const [theirs, ours] = await Promise.all(
      clients.map(async (client) => {
        const said: string[] = [];
        for (const { key, length } of keys) {
          await client.ask(`set ${key} 0 0 ${length}\r\n${'x'.repeat(length)}\r\n`, 'STORED\r\n');
          said.push(/cls=\d+ size=\d+/.exec(await client.ask(`me ${key}\r\n`, '\r\n'))?.[0] ?? '');
        }
        return said;
      }),
    );
    expect(ours).toEqual(theirs);
  });
});
